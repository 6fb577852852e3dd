"""Generating: from noise to a block of latents in a few passes, with or without guidance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor

Field = Callable[["Tensor", "Tensor", "Tensor"], "Tensor"]
"""(x, t, r) -> mean velocity over [r, t]; x [batch, hops, latents], t and r [batch]."""


def descend(field: Field, noise: Tensor, at: Sequence[float], *, instant: bool) -> Tensor:
    """Follow a field from noise (t = at[0]) down to at[-1]: x_r = x_t - (t - r) u(x_t, t, r).

    ``instant``: the field only knows velocities (r = t), as before distillation; each step is then one of Euler's.
    """
    x = noise
    for t, r in pairwise(at):
        now = torch.full((len(x),), t, device=x.device)
        then = now if instant else torch.full((len(x),), r, device=x.device)
        x = x - (t - r) * field(x, now, then)
    return x


def guided(told: Field, untold: Field, guidance: float) -> Field:
    """Classifier-free guidance (Ho and Salimans 2022): untold + guidance * (told - untold); 1 is ``told`` alone."""
    if guidance == 1.0:
        return told

    def field(x: Tensor, t: Tensor, r: Tensor) -> Tensor:
        free = untold(x, t, r)
        return free + guidance * (told(x, t, r) - free)

    return field
