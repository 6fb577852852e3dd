"""Rotary positions on a clock of hops that never drifts.

Rotary embedding (Su and others 2021): a pair of channels is turned by an angle that grows with its position, so that a
product of query and key depends on their distance alone. Here every frequency is a whole multiple of 2 pi / 4096, so
positions may be counted modulo 4096: a voice that runs for days meets the same angles, bit for bit.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import torch

if TYPE_CHECKING:
    from torch import Tensor

PERIOD: Final = 4096
"""Hops (43.7 s) after which positions repeat; everything that attends to each other lies within a few hundred."""

_FASTEST: Final = 1.0  # radians a hop
_SLOWEST: Final = 2.0 * math.pi / 1024.0


def frequencies(width: int) -> Tensor:
    """Radians a hop of each pair of channels, float32 [width / 2], geometric from 1 down to a turn in 1024 hops."""
    pairs = width // 2
    steps = torch.arange(pairs, dtype=torch.float64) / max(1, pairs - 1)
    ideal = _FASTEST * (_SLOWEST / _FASTEST) ** steps
    unit = 2.0 * math.pi / PERIOD
    return ((ideal / unit).round().clamp(min=1.0) * unit).float()


def turns(positions: Tensor, rates: Tensor) -> tuple[Tensor, Tensor]:
    """Cosine and sine for whole hops ``positions`` [...] and ``rates`` [pairs]: float32 [..., pairs] each."""
    angle = torch.remainder(positions, PERIOD).float().unsqueeze(-1) * rates
    return angle.cos(), angle.sin()


def turned(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """``x`` [batch, hops, heads, width], its halves turned against each other.

    ``cos``, ``sin`` [batch, hops, width / 2].
    """
    first, second = x.chunk(2, dim=-1)
    cos, sin = cos.unsqueeze(2).to(x.dtype), sin.unsqueeze(2).to(x.dtype)
    return torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)
