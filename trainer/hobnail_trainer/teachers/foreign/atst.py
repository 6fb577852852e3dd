"""ATST-Frame (Li, Shao and Li 2024, 2306.04186): a transformer over patches of 40 ms, dense in time by design.

The file is the checkpoint that its authors publish, `atstframe_small` or `atstframe_base`: a dictionary whose
``state_dict`` has the encoder that set the task, ``model.teacher.encoder.*``; or a .safetensors file with these names.
It hears 16 kHz, 60 to 7,800 Hz, in pieces of ten seconds, as upstream does. Features are those of the last layer,
normalised. The weights are under CC BY 4.0.
"""

from __future__ import annotations

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

PREFIX: Final = "model.teacher.encoder."
BANDS, PATCH = 64, 4  #: a patch is four spectra, whole
WINDOW: Final = 1024
QUIETEST, LOUDEST = -79.6482, 50.6842  #: dB that become -1 and 1


class AtstFrame:
    """[any thread, one at a time]"""

    name: Final = "atst"
    rate_hz: Final = HEARD_HZ / STEP / PATCH  #: 25
    centre_s: Final = (PATCH - 1) / 2.0 * STEP / HEARD_HZ  #: spectra are centred on 0, 10, 20, 30 ms
    licence: Final = "CC-BY-4.0"

    def __init__(self, network: Encoder, digest: str) -> None:
        self._network, self.digest, self.dims = network.eval(), digest, network.pos_embed.shape[-1]
        self._longest = network.longest  # patches

    @classmethod
    def load(cls, file: Path) -> AtstFrame:
        """From a checkpoint or a .safetensors file. Raises TeacherError."""
        found = read_file(file)
        _refuse_other_kinds(found.get("hyper_parameters"), file)
        tensors = tensors_of(found.get("state_dict", found), file, prefix=PREFIX)
        for name in ("pos_embed", "mask_embed"):
            if name not in tensors or tensors[name].ndim != 3:
                raise TeacherError(
                    f"{file}: {PREFIX}{name} is not in it.", cure="Give atstframe_small.ckpt or atstframe_base.ckpt."
                )
        network = Encoder(tensors)
        fill(network, tensors, file)
        return cls(network, digest_of(tensors))

    def frames(self, samples: Samples) -> Features:
        """float32 [frames, dims], 25 a second. Raises TeacherError."""
        samples = heard(samples, HEARD_HZ)
        patches = -(-samples.size // (STEP * PATCH))
        samples = np.pad(samples, (0, patches * STEP * PATCH - samples.size))
        levels = decibels(samples, window=WINDOW, bands=BANDS, low_hz=60.0, high_hz=7800.0, top_db=80.0)
        scaled = (levels[: patches * PATCH] - QUIETEST) / (LOUDEST - QUIETEST) * 2.0 - 1.0
        rows = torch.from_numpy(scaled.astype(np.float32)).reshape(patches, PATCH, BANDS)
        with torch.inference_mode():
            found: Features = torch.cat([self._network(part) for part in pieces(rows, self._longest)]).numpy()
        return found


class Encoder(nn.Module):
    """Its names are the file's."""

    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        """Sizes are read off the tensors."""
        super().__init__()
        _, places, width = tensors["pos_embed"].shape
        self.longest = places - 1  #: patches; the first place belongs to no patch
        self.pos_embed = nn.Parameter(torch.zeros(1, places, width))
        self.mask_embed = nn.Parameter(torch.zeros(1, 1, width))  # only training needs it
        self.patch_embed = nn.ModuleDict({"patch_embed": nn.Linear(BANDS * PATCH, width)})
        heads = max(1, width // HEAD)
        layers = layers_in(list(tensors))
        self.blocks = nn.ModuleList(
            Layer(width, heads, biased="blocks.0.attn.qkv.bias" in tensors) for _ in range(layers)
        )
        self.norm_frame = nn.LayerNorm(width, EPSILON)

    def forward(self, rows: Tensor) -> Tensor:
        """Spectra [patches, 4, 64] -> [patches, width]."""
        x = self.patch_embed["patch_embed"](rows.transpose(1, 2).flatten(1))[None]
        x = x + self.pos_embed[:, 1 : x.shape[1] + 1]
        for block in self.blocks:
            x = block(x)
        out: Tensor = self.norm_frame(x)[0]
        return out


def _refuse_other_kinds(said: object, file: Path) -> None:
    """The settings of training name variants that this loader does not know."""
    settings = said if isinstance(said, dict) else {}
    for name, expected in (("pos_type", "cut"), ("patch_embed", "Linear"), ("nprompt", 0)):
        if (found := settings.get(name, expected)) != expected:
            raise TeacherError(
                f"{file}: was trained with {name} {found!r}, expected {expected!r}.",
                cure="Export it as ONNX, and load the folder with onnx:FOLDER.",
            )
