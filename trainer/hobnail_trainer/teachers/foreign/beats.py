"""BEATs (Chen and others 2022, 2212.09058): patches of 16 spectra by 16 bands, 160 ms each; coarse for what is short.

The file is a checkpoint that its authors publish (`BEATs_iter3_plus_AS2M.pt` and its kin: ``cfg`` and ``model``), or a
.safetensors file of ``model`` with ``cfg`` as a .json file of the same name beside it. The head of a fine-tuned one is
left out. It hears 16 kHz; sounds are cut into pieces of 9.92 s, 62 columns of patches, as long as it was trained on.
Features are those of the last layer, the eight patches of a column averaged. The weights are under the MIT licence.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np
import torch

from hobnail_trainer.errors import TeacherError
from hobnail_trainer.teachers.contract import Features, Samples, heard
from hobnail_trainer.teachers.foreign.beats_network import BANDS, Beats, BeatsSettings, plain_names
from hobnail_trainer.teachers.foreign.mel import HEARD_HZ, KALDI_WINDOW, STEP, kaldi
from hobnail_trainer.teachers.foreign.transformer import pieces
from hobnail_trainer.teachers.weights import digest_of, fill, read_file, tensors_of

if TYPE_CHECKING:
    from torch import Tensor

MEAN, SPREAD = 15.41663, 6.55582  #: of the logarithms; the network sees (x - mean) / (2 spread)
COLUMNS: Final = 62


class BeatsTeacher:
    """[any thread, one at a time]"""

    name: Final = "beats"
    licence: Final = "MIT"

    def __init__(self, network: Beats, digest: str) -> None:
        self._network, self.digest = network.eval(), digest
        self._patch = network.settings.input_patch_size
        self.dims = network.settings.encoder_embed_dim
        self.rate_hz = HEARD_HZ / STEP / self._patch
        self.centre_s = ((self._patch - 1) / 2.0 * STEP + KALDI_WINDOW / 2.0) / HEARD_HZ

    @classmethod
    def load(cls, file: Path) -> BeatsTeacher:
        """From a checkpoint, or a .safetensors file with its settings beside it. Raises TeacherError."""
        found = read_file(file)
        if file.suffix == ".safetensors":
            tensors, said = tensors_of(found, file, without=("predictor.",)), _settings(file.with_suffix(".json"))
        else:
            tensors, said = tensors_of(found.get("model"), file, without=("predictor.",)), found.get("cfg")
        network = Beats(_checked(said, file))
        weights = plain_names(tensors)
        fill(network, weights, file)
        return cls(network, digest_of(weights))

    def frames(self, samples: Samples) -> Features:
        """float32 [frames, dims], 6.25 a second. Raises TeacherError."""
        samples, span = heard(samples, HEARD_HZ), self._patch * STEP
        columns = -(-samples.size // span)
        samples = np.pad(samples, (0, columns * span - STEP + KALDI_WINDOW - samples.size))
        spectra = (kaldi(samples, BANDS) - MEAN) / (2.0 * SPREAD)
        rows = torch.from_numpy(spectra.astype(np.float32))
        with torch.inference_mode():
            parts = [self._columns(part) for part in pieces(rows, COLUMNS * self._patch)]
            found: Features = torch.cat(parts).numpy()
        return found

    def _columns(self, spectra: Tensor) -> Tensor:
        """[spectra, 128] -> [columns, dims]."""
        patches: Tensor = self._network(spectra[None])[0]
        return patches.reshape(-1, BANDS // self._patch, self.dims).mean(dim=1)


def _checked(said: object, file: Path) -> BeatsSettings:
    """The settings, of a kind that this loader knows."""
    try:
        settings = msgspec.convert(said, BeatsSettings)
    except msgspec.ValidationError as error:
        raise TeacherError(f"{file}: its settings cannot be used: {error}.", cure="Restore `cfg`.") from error
    for name, expected in (
        ("layer_norm_first", False),
        ("activation_fn", "gelu"),
        ("relative_position_embedding", True),
    ):
        if (found := getattr(settings, name)) != expected:
            raise TeacherError(
                f"{file}: {name} is {found!r}, expected {expected!r} as in the published ones.",
                cure="Export it as ONNX, and load the folder with onnx:FOLDER.",
            )
    return settings


def _settings(file: Path) -> object:
    try:
        return json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise TeacherError(
            f"{file}: cannot be read: {error}.", cure="Put the checkpoint's `cfg` there, as JSON."
        ) from error
