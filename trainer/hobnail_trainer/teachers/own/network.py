"""The network of our own teacher: residual blocks of depthwise convolutions over hops, as ConvNeXt has them over pixels
(Liu and others 2022).

::

    row ─ scale ─ linear ─(hidden hops become one learned vector)─ blocks ─ mean of the last few, normalised ─ feature
    block:  x + W2 gelu(W1 norm(depthwise(x)))

It looks :data:`kernel` - 1 hops times the number of blocks around, so a sound of any length is heard in one go, and the
same sound later gives the same features later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

from hobnail_trainer.teachers.own.spec import NetworkSettings
from hobnail_trainer.teachers.own.spectra import ROW

if TYPE_CHECKING:
    from torch import Tensor


class OwnNetwork(nn.Module):
    """Rows of spectra to features."""

    mean: Tensor
    spread: Tensor

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        self.averaged = settings.averaged
        self.register_buffer("mean", torch.zeros(ROW))
        self.register_buffer("spread", torch.ones(ROW))
        self.enter = nn.Linear(ROW, settings.width)
        self.hidden = nn.Parameter(0.02 * torch.randn(settings.width))
        self.blocks = nn.ModuleList(Block(settings) for _ in range(settings.blocks))

    def scaled(self, rows: Tensor) -> Tensor:
        """Rows of the ear, [..., 128], about 0 and 1 large over the corpus."""
        return (rows - self.mean) / self.spread

    def forward(self, scaled: Tensor, hidden: Tensor | None = None) -> Tensor:
        """[batch, hops, 128] as :meth:`scaled` gives them; ``hidden``: bool [batch, hops], hops not to be heard.

        Gives features [batch, hops, width], each of length sqrt(width).
        """
        x = self.enter(scaled)
        if hidden is not None:
            x = torch.where(hidden.unsqueeze(-1), self.hidden.to(x.dtype), x)
        last = []
        for index, block in enumerate(self.blocks):
            x = block(x)
            if index >= len(self.blocks) - self.averaged:
                last.append(functional.layer_norm(x.float(), x.shape[-1:]))
        return functional.layer_norm(torch.stack(last).mean(dim=0), x.shape[-1:])


class Block(nn.Module):
    """One residual block."""

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        width, inner = settings.width, settings.width * settings.widen
        self.around = nn.Conv1d(width, width, settings.kernel, padding=settings.kernel // 2, groups=width)
        self.norm = nn.LayerNorm(width)
        self.up, self.down = nn.Linear(width, inner), nn.Linear(inner, width)

    def forward(self, x: Tensor) -> Tensor:
        """[batch, hops, width] -> the same."""
        near = self.around(x.transpose(1, 2)).transpose(1, 2)
        out: Tensor = x + self.down(functional.gelu(self.up(self.norm(near))))
        return out


class Guesser(nn.Module):
    """What is only there while it learns: from features to what was hidden."""

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        width = settings.width
        self.latent = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
        self.spectrum = nn.Linear(width, ROW)
