"""Losses by ear: what is predicted has the attributes that were asked of it, and moving one control moves no other's.

Attributes are those of :class:`hobnail_trainer.adapters.attributes.Ear`, in units of what a whole span of their control
moves them by. An estimate made from much noise counts little: 1 - t.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import torch

from hobnail_plugins.aht.spec import CONTROLS

if TYPE_CHECKING:
    from torch import Tensor

COUPLING: Final = ((0.77, 1.13, -0.36), (0.32, 11.62, 0.06), (-0.03, 0.03, 7.41))
"""What a control at 1 moves in the pairs themselves: rows pitch, intensity, texture; columns centroid in octaves, level
in dB, partials over noise in dB. Slopes through 0 over pairs of the train split (docs/adapters.md). A harder blow
*is* brighter: only what goes beyond is cross-talk."""

SPANS: Final = tuple(COUPLING[axis][axis] for axis in range(len(CONTROLS)))


@dataclass(frozen=True, slots=True)
class Move:
    """A second setting of a batch's controls: of each sample, one axis is elsewhere."""

    controls: Tensor  #: [batch, axes]
    delta: Tensor  #: [batch, axes], by how much; 0 but for one axis


def attribute_loss(heard: Tensor, wanted: Tensor, t: Tensor) -> Tensor:
    """mean of (1 - t) sum_i |phi_i(x0_hat) - a_i| / span_i. ``heard``, ``wanted`` [batch, 3]; ``t`` [batch]."""
    spans = torch.tensor(SPANS, device=heard.device)
    loss: Tensor = ((1.0 - t) * ((heard - wanted).abs() / spans).sum(dim=-1)).mean()
    return loss


def draw_move(controls: Tensor, chance: torch.Generator, *, least: float = 0.2, most: float = 0.6) -> Move:
    """Move one axis of each sample by ``least`` to ``most``, up or down, and stay within -1..1."""
    count, axes = controls.shape
    axis = torch.randint(axes, (count,), generator=chance)
    size = least + (most - least) * torch.rand(count, generator=chance)
    up = torch.where(torch.rand(count, generator=chance) < 0.5, size, -size).to(controls.device)
    now = controls.gather(1, axis.to(controls.device)[:, None])[:, 0]
    change = torch.where((now + up).abs() <= 1.0, up, -up)
    delta = torch.zeros_like(controls).scatter_(1, axis.to(controls.device)[:, None], change[:, None])
    return Move(controls + delta, delta)


def cross_talk_loss(before: Tensor, after: Tensor, delta: Tensor, t: Tensor, axes: tuple[str, ...]) -> Tensor:
    """mean of (1 - t) sum_{j != i} |phi_j(c + d e_i) - phi_j(c) - d M_ij| / span_j.

    ``before``, ``after`` [batch, 3]; ``delta`` [batch, axes]; M: :data:`COUPLING`. An axis that is no control of every
    session (a palette's own) may move anything: its samples do not count.
    """
    known = torch.tensor([axis in CONTROLS for axis in axes], device=delta.device)
    rows = [COUPLING[CONTROLS.index(axis)] if axis in CONTROLS else (0.0, 0.0, 0.0) for axis in axes]
    own = [[axis == control for control in CONTROLS] for axis in axes]
    moved = (delta != 0.0).float()
    others = 1.0 - moved @ torch.tensor(own, dtype=torch.float32, device=delta.device)
    beyond = (after - before - delta @ torch.tensor(rows, device=delta.device)).abs()
    counted = (1.0 - t) * (moved * known).sum(dim=-1)
    loss: Tensor = (counted * (beyond * others / torch.tensor(SPANS, device=delta.device)).sum(dim=-1)).mean()
    return loss
