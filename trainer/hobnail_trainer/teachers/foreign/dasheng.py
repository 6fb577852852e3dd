"""Dasheng (Dinkel and others 2024, 2406.06992): masked autoencoders of 86 million weights and more, 40 ms a patch.

Two kinds of files: the checkpoint that its authors publish (`dasheng_base.pt`: ``model`` and ``config``), or a folder
with ``config.json`` and ``model.safetensors`` as Hugging Face has them, whose names begin with ``encoder.``. It hears
16 kHz in pieces of 10.08 s. Features are those of the last layer, normalised. The weights are under Apache-2.0.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import torch
from torch import nn

from hobnail_trainer.errors import TeacherError
from hobnail_trainer.teachers.contract import Features, Samples, heard
from hobnail_trainer.teachers.foreign.mel import HEARD_HZ, STEP, decibels
from hobnail_trainer.teachers.foreign.transformer import EPSILON, HEAD, Layer, layers_in, pieces
from hobnail_trainer.teachers.weights import digest_of, fill, read_file, tensors_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

BANDS, PATCH = 64, 4
WINDOW: Final = 512
HEADS: Final = {768: 12, 1280: 16, 1536: 24}  #: of the published sizes, by width


class Dasheng:
    """[any thread, one at a time]"""

    name: Final = "dasheng"
    rate_hz: Final = HEARD_HZ / STEP / PATCH  #: 25
    centre_s: Final = (PATCH - 1) / 2.0 * STEP / HEARD_HZ
    licence: Final = "Apache-2.0"

    def __init__(self, network: Encoder, digest: str) -> None:
        self._network, self.digest, self.dims = network.eval(), digest, network.time_pos_embed.shape[1]
        self._longest = network.longest * PATCH  # spectra

    @classmethod
    def load(cls, path: Path) -> Dasheng:
        """From a checkpoint, or a folder of Hugging Face's. Raises TeacherError."""
        if path.is_dir():
            file, said = path / "model.safetensors", _settings(path / "config.json")
            tensors = tensors_of(read_file(file), file, prefix="encoder.")
        else:
            file, found = path, read_file(path)
            said = found.get("config", {})
            tensors = tensors_of(found.get("model"), file, without=("front_end.",))
        for name in ("time_pos_embed", "freq_pos_embed", "patch_embed.proj.weight"):
            if name not in tensors or tensors[name].ndim != 4:
                raise TeacherError(f"{file}: {name} is not in it.", cure="Give dasheng_base.pt, or a folder with it.")
        network = Encoder(tensors, _heads(said, tensors["time_pos_embed"].shape[1], file))
        fill(network, tensors, file)
        return cls(network, digest_of(tensors))

    def frames(self, samples: Samples) -> Features:
        """float32 [frames, dims], 25 a second. Raises TeacherError."""
        samples = heard(samples, HEARD_HZ)
        patches = -(-samples.size // (STEP * PATCH))
        samples = np.pad(samples, (0, patches * STEP * PATCH - samples.size))
        levels = decibels(samples, window=WINDOW, bands=BANDS, low_hz=0.0, high_hz=8000.0, top_db=120.0)
        rows = torch.from_numpy(levels[: patches * PATCH])
        with torch.inference_mode():
            found: Features = torch.cat([self._network(part) for part in pieces(rows, self._longest)]).numpy()
        return found


class Encoder(nn.Module):
    """Its names are the file's."""

    def __init__(self, tensors: Mapping[str, Tensor], heads: int) -> None:
        """Sizes are read off the tensors."""
        super().__init__()
        _, width, _, self.longest = tensors["time_pos_embed"].shape
        self.init_bn = nn.ModuleDict({"1": nn.BatchNorm2d(BANDS)})
        self.patch_embed = nn.ModuleDict({"proj": nn.Conv2d(1, width, (BANDS, PATCH), (BANDS, PATCH))})
        self.time_pos_embed = nn.Parameter(torch.zeros(1, width, 1, self.longest))
        self.freq_pos_embed = nn.Parameter(torch.zeros(1, width, 1, 1))
        layers = layers_in(list(tensors))
        self.blocks = nn.ModuleList(
            Layer(width, heads, biased="blocks.0.attn.qkv.bias" in tensors) for _ in range(layers)
        )
        self.norm = nn.LayerNorm(width, EPSILON)

    def forward(self, levels: Tensor) -> Tensor:
        """dB [spectra, 64] -> [patches, width]."""
        image = self.init_bn["1"](levels.T[None, :, None]).transpose(1, 2)  # normalised band by band
        x = self.patch_embed["proj"](image)
        x = x + self.time_pos_embed[..., : x.shape[-1]] + self.freq_pos_embed
        x = x.flatten(2).transpose(1, 2)
        for block in self.blocks:
            x = block(x)
        out: Tensor = self.norm(x)[0]
        return out


def _heads(said: object, width: int, file: Path) -> int:
    settings = said if isinstance(said, dict) else {}
    inner = settings.get("encoder_kwargs")
    settings = {**settings, **(inner if isinstance(inner, dict) else {})}
    heads = settings.get("num_heads", HEADS.get(width, max(1, width // HEAD)))
    if not isinstance(heads, int) or heads < 1 or width % heads:
        raise TeacherError(f"{file}: {heads!r} heads do not divide a width of {width}.", cure="Restore its settings.")
    return heads


def _settings(file: Path) -> object:
    try:
        return json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise TeacherError(
            f"{file}: cannot be read: {error}.", cure="Give a folder with config.json and model.safetensors."
        ) from error
