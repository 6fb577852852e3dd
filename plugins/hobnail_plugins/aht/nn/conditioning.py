"""What holds for a whole block: flow time, the interval, the sound's age, the block's length, the prompt as a whole."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import torch
from torch import nn
from torch.nn import functional

from hobnail_plugins.aht.spec import CUE_WIDTH

if TYPE_CHECKING:
    from torch import Tensor

WAVES: Final = 64
OLDEST_HOPS: Final = 1024.0
GONE_HOPS: Final = 64.0
"""After its end every hop of a sound is as far from it as this one."""


def waves(values: Tensor, fastest: float) -> Tensor:
    """Cosines and sines of ``values`` [...] at geometric rates up to ``fastest`` radians.

    Returns float32 [..., 2 * WAVES].
    """
    steps = torch.arange(WAVES, device=values.device, dtype=torch.float32) / (WAVES - 1)
    rates = fastest * torch.exp(-math.log(fastest * 2.0) * steps)
    angle = values.float().unsqueeze(-1) * rates
    return torch.cat([angle.cos(), angle.sin()], dim=-1)


def grown(age: Tensor) -> Tensor:
    """Hops since a voice began, on a scale that is fine at first: 0 at its first hop, 1 from hop 1024 on."""
    return torch.log1p(age.float().clamp(0.0, OLDEST_HOPS)) / math.log1p(OLDEST_HOPS)


class Place(nn.Module):
    """Each hop's own age, added to what enters. Rotary turns tell distances only: without this no hop of a block knows
    that it is a sound's first. Begins at 0."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.waves = nn.Linear(2 * WAVES, width, bias=False)
        nn.init.zeros_(self.waves.weight)

    def forward(self, ages: Tensor) -> Tensor:
        """``ages`` int [batch, hops] -> [batch, hops, width]."""
        out: Tensor = self.waves(waves(grown(ages), 100.0))
        return out


def left(lasts: Tensor, ages: Tensor) -> Tensor:
    """Hops that a sound still lasts, after its end below 0: ``lasts`` int [batch], ``ages`` int [batch, hops]."""
    return (lasts.unsqueeze(1) - ages).clamp(-int(GONE_HOPS), int(OLDEST_HOPS))


class Ending(nn.Module):
    """How long a hop's sound still lasts, added to what enters; nothing where that is unknown. Begins at 0."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.waves = nn.Linear(2 * WAVES, width, bias=False)
        nn.init.zeros_(self.waves.weight)

    def forward(self, lasts: Tensor, ages: Tensor) -> Tensor:
        """``lasts`` int [batch], hops from a voice's first to its sound's end, 0 where unknown; ``ages`` int
        [batch, hops] -> [batch, hops, width]."""
        known = (lasts > 0)[:, None, None]
        return torch.where(known, self.at(left(lasts, ages)), 0.0)

    def at(self, left: Tensor) -> Tensor:
        """``left`` int [...], hops -> [..., width]."""
        out: Tensor = self.waves(waves(left.sign() * grown(left.abs()), 100.0))
        return out


class Cue(nn.Module):
    """Contacts of the newest hops, straight to where a hop enters: attention finds what is meant, this says when.

    Rows of zeros are nothing: whoever knows nothing is told nothing. Begins at 0."""

    def __init__(self, hops: int, width: int) -> None:
        super().__init__()
        self.hops = hops
        self.hidden = nn.Linear(hops * CUE_WIDTH, width // 2, bias=False)
        self.out = nn.Linear(width // 2, width, bias=False)
        nn.init.zeros_(self.out.weight)

    def forward(self, rows: Tensor) -> Tensor:
        """``rows`` [batch, hops before and of the block, CUE_WIDTH] -> [batch, hops of the block, width]."""
        return self.told(near_rows(rows, self.hops))

    def told(self, near: Tensor) -> Tensor:
        """``near`` [batch, hops, taps * row]: of each hop its newest rows, the oldest first -> [batch, hops, width]."""
        out: Tensor = self.out(functional.silu(self.hidden(near)))
        return out


def near_rows(rows: Tensor, taps: int) -> Tensor:
    """[batch, taps - 1 + hops, row] -> [batch, hops, taps * row]: of each hop its newest rows, the oldest first."""
    count = rows.shape[1] - taps + 1
    return torch.cat([rows[:, tap : tap + count] for tap in range(taps)], dim=-1)


class Conditioning(nn.Module):
    """One vector a block, from which every layer's scales and shifts are made.

    Modulation is shared by all layers but for a learned offset of each (adaLN-single, Chen and others 2023).
    """

    def __init__(self, width: int, layers: int) -> None:
        super().__init__()
        self.time = nn.Linear(2 * WAVES, width)
        self.interval = nn.Linear(2 * WAVES, width, bias=False)
        self.age = nn.Linear(2 * WAVES, width, bias=False)
        self.length = nn.Linear(2 * WAVES, width, bias=False)
        self.hidden = nn.Linear(width, width)
        self.modulation = nn.Linear(width, 6 * width)
        self.offsets = nn.Parameter(torch.zeros(layers, 6 * width))
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)
        nn.init.zeros_(self.interval.weight)

    def forward(self, t: Tensor, r: Tensor, age: Tensor, hops: int, prompt: Tensor) -> Tensor:
        """``t``, ``r`` [batch] in 0..1, r <= t; ``age`` [batch] hops since the voice began; ``prompt`` [batch, width].

        Returns float32 [batch, layers, 6 * width].
        """
        old = grown(age)
        long = torch.full_like(old, math.log2(hops) / 6.0)
        summed = (
            self.time(waves(t, 300.0))
            + self.interval(waves(t - r, 300.0))
            + self.age(waves(old, 100.0))
            + self.length(waves(long, 30.0))
            + prompt
        )
        vector = functional.silu(self.hidden(functional.silu(summed)))
        out: Tensor = self.modulation(vector).float().unsqueeze(1) + self.offsets
        return out
