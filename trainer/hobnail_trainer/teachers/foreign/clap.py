"""CLAP's audio half (Wu and others 2023): one vector for a whole sound, 48 kHz, for InfoNCE and nothing else.

The folder is one that transformers' ``ClapModel`` or ``ClapAudioModelWithProjection`` saves (`laion/clap-htsat-unfused`
and its kin): config.json, model.safetensors and preprocessor_config.json. Sounds longer than ten seconds are heard in
pieces, whose vectors are averaged; upstream takes ten seconds at random.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from hobnail.audio import RATE_HZ
from hobnail.errors import MissingExtraError
from hobnail_trainer.errors import TeacherError
from hobnail_trainer.teachers.contract import Samples, heard
from hobnail_trainer.teachers.weights import some

Foreign: TypeAlias = Any
"""What a library gives: its types are not followed, that costs mypy 20 s."""

PIECE: Final = 10 * RATE_HZ  #: samples


class Clap:
    """[any thread, one at a time]"""

    name: Final = "clap"
    licence: Final = "as its folder says (LAION's: Apache-2.0)"

    def __init__(self, model: Foreign, listener: Foreign, digest: str) -> None:
        self._model, self._listener, self.digest = model.eval(), listener, digest
        self.dims = int(model.config.projection_dim)

    @classmethod
    def load(cls, folder: Path) -> Clap:
        """From a folder of transformers'. Raises TeacherError."""
        try:
            transformers = import_module("transformers")
        except ImportError as error:
            raise MissingExtraError("CLAP", extra="codecs") from error
        weights = folder / "model.safetensors"
        if not weights.is_file():
            raise TeacherError(f"{folder}: there is no model.safetensors.", cure="Save the model as safetensors.")
        try:
            with _quiet(transformers.utils.logging):
                model, report = transformers.ClapAudioModelWithProjection.from_pretrained(
                    folder, local_files_only=True, use_safetensors=True, dtype=torch.float32, output_loading_info=True
                )
                listener = transformers.ClapFeatureExtractor.from_pretrained(folder, local_files_only=True)
        except Exception as error:  # a foreign reader may raise anything on files that it does not like
            raise TeacherError(f"{folder}: transformers cannot load it: {error}.", cure="Copy it again.") from error
        if report["missing_keys"]:
            raise TeacherError(f"{weights}: {some(report['missing_keys'])} not in it.", cure="Copy it again.")
        return cls(model, listener, hashlib.sha256(weights.read_bytes()).hexdigest())

    def embed(self, samples: Samples) -> NDArray[np.float32]:
        """float32 [dims], of length 1. Raises TeacherError."""
        samples = heard(samples)
        pieces = [self._piece(samples[at : at + PIECE]) for at in range(0, samples.size, PIECE)]
        mean = np.mean(pieces, axis=0)
        return np.asarray(mean / max(1e-8, float(np.linalg.norm(mean))), dtype=np.float32)

    def _piece(self, samples: Samples) -> NDArray[np.float32]:
        given = self._listener(samples, sampling_rate=RATE_HZ, return_tensors="pt")
        with torch.inference_mode():
            found: NDArray[np.float32] = self._model(**given).audio_embeds[0].numpy()
        return found / max(1e-8, float(np.linalg.norm(found)))


@contextmanager
def _quiet(logging: Foreign) -> Iterator[None]:
    """transformers without its progress bars and its list of the text half's weights: errors say it all."""
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity(logging.CRITICAL)
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
