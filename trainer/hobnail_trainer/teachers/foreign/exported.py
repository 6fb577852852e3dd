"""Any other teacher, exported as ONNX: a folder with ``model.onnx`` and a ``teacher.json`` that says what it is.

::

    {"name": "eat", "samples_hz": 16000, "rate_hz": 50.0, "centre_s": 0.01, "dims": 768, "licence": "MIT"}

The graph takes mono samples, float32 [1, samples] at ``samples_hz``, and gives float32 [1, frames, dims]: spectra are
made inside it. ``least``: samples below which silence is put behind the sound. For networks whose files this package
does not know, such as EAT; PyTorch writes it with ``torch.onnx.export``.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated, Final

import msgspec
import numpy as np

from hobnail.errors import MissingExtraError
from hobnail_trainer.errors import TeacherError
from hobnail_trainer.teachers.contract import JUDGES, Features, Samples, heard

MODEL, SETTINGS = "model.onnx", "teacher.json"
Positive = Annotated[int, msgspec.Meta(ge=1)]


class ExportedSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What ``teacher.json`` says."""

    name: str
    samples_hz: Annotated[int, msgspec.Meta(ge=1000, le=192_000)]
    rate_hz: Annotated[float, msgspec.Meta(gt=0.0)]  #: frames in a second
    centre_s: Annotated[float, msgspec.Meta(ge=0.0)]  #: the moment that the first frame stands for
    dims: Positive
    licence: str
    least: Positive = 1


class Exported:
    """[any thread, one at a time]"""

    kind: Final = "onnx"

    def __init__(self, network: bytes, settings: ExportedSettings, *, threads: int = 1) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise MissingExtraError("A teacher as ONNX", extra="cpu") from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        try:
            self._session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime promises no type
            raise TeacherError(f"{MODEL}: onnxruntime cannot load it: {error}.", cure="Export it again.") from error
        self._settings, self.digest = settings, hashlib.sha256(network).hexdigest()
        self.name, self.dims, self.licence = settings.name, settings.dims, settings.licence
        self.rate_hz, self.centre_s = settings.rate_hz, settings.centre_s

    @classmethod
    def load(cls, folder: Path, *, threads: int = 1) -> Exported:
        """From a folder. Raises TeacherError."""
        try:
            settings = msgspec.json.decode((folder / SETTINGS).read_bytes(), type=ExportedSettings)
            network = (folder / MODEL).read_bytes()
        except (OSError, msgspec.DecodeError) as error:
            raise TeacherError(
                f"{folder}: no teacher that can be read: {error}.", cure=f"Put {MODEL} and {SETTINGS} there."
            ) from error
        if settings.name.lower() in JUDGES:
            raise TeacherError(
                f"{folder}: {settings.name} is a judge, and judges may not teach.", cure="Choose another."
            )
        return cls(network, settings, threads=threads)

    def frames(self, samples: Samples) -> Features:
        """float32 [frames, dims]. Raises TeacherError."""
        samples = heard(samples, self._settings.samples_hz)
        samples = np.pad(samples, (0, max(0, self._settings.least - samples.size)))
        given = self._session.get_inputs()[0].name
        try:
            (found, *_) = self._session.run(None, {given: samples[None]})
        except Exception as error:  # onnxruntime promises no type
            raise TeacherError(f"{self.name}: onnxruntime failed: {error}.", cure="Export it again.") from error
        if found.ndim != 3 or found.shape[0] != 1 or found.shape[2] != self.dims or not found.shape[1]:
            raise TeacherError(
                f"{self.name}: gave the shape {list(found.shape)}, expected [1, frames, {self.dims}].",
                cure=f"Correct {SETTINGS}, or export it again.",
            )
        return np.asarray(found[0], dtype=np.float32)
