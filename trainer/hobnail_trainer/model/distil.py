"""Distillation: guidance folded in, and whole intervals of flow time crossed in one pass.

Two targets share a batch (interval splitting: Guo and others 2025; for halves: Frans and others 2024):

- instants (r = t): the teacher's guided velocity, untold + g (told - untold) (Ho and Salimans 2022);
- intervals (r < s < t): (t - r) u(x_t, t, r) = (t - s) u(x_t, t, s) + (s - r) u(x_s, s, r), the right side by the
  network itself without gradient, x_s = x_t - (t - s) u(x_t, t, s).

Half of the intervals are those that one, two or four passes cross, split in the middle; the others are drawn freely.
Without intervals the network stays one of velocities, at half of the price of a guided one (Meng and others 2023).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import torch
from torch import nn

from hobnail_plugins.aht.nn.network import Network, Streams, Velocity
from hobnail_trainer.model.blocks import Blocks, Units, part_of, streams_of
from hobnail_trainer.model.checkpoint import Checkpoint, RunState
from hobnail_trainer.model.loop import Data, train
from hobnail_trainer.model.stages import beside, stage_preset, weighted
from hobnail_trainer.model.velocity import Draw, between, counted

if TYPE_CHECKING:
    from torch import Tensor

PASSES = (1, 2, 4)


class DistilSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How it is distilled."""

    steps: int = 800
    rate: float = 3e-4
    guidance: float = 2.0
    intervals: float = 0.6  #: share of a batch; the rest are instants; 0: only guidance is folded in
    threads: int | None = None  #: None: as the base run


class Times(NamedTuple):
    """Of each block, [batch] each, r <= s <= t."""

    t: Tensor
    s: Tensor
    r: Tensor


class DistilLearner(nn.Module):
    """Blocks to the distillation's losses; what is trained is ``network``."""

    def __init__(self, network: Network, teacher: Network, settings: DistilSettings) -> None:
        super().__init__()
        self.network, self.settings = network, settings
        self.teacher = teacher.requires_grad_(False).eval()

    def forward(self, blocks: Blocks, units: Units, drawn: Draw) -> dict[str, Tensor]:
        """``total`` with its gradient; ``instant`` and, where there are any, ``interval`` without."""
        batch = len(blocks.latents)
        instants = min(batch, max(1, round(batch * (1.0 - self.settings.intervals))))
        times = intervals(drawn, instants)
        x = between(blocks.latents, Draw(drawn.noise, times.t, drawn.uniform))
        streams = streams_of(self.network, blocks)
        given = self.network(x, times.t, times.r, blocks.first, blocks.age, streams)
        with torch.no_grad():
            some, rest = slice(0, instants), slice(instants, batch)
            target = [self._guided(part_of(blocks, some), x[some], times.t[some])]
            if instants < batch:
                target.append(self._split(part_of(blocks, rest), x[rest], Times(*(each[rest] for each in times))))
        error = given.velocity - torch.cat(target)
        losses = counted(error, blocks.weight, units)
        with torch.no_grad():
            parts = {"instant": counted(error[some], blocks.weight[some], units)}
            if instants < batch:
                parts["interval"] = counted(error[rest], blocks.weight[rest], units)
        return {"total": losses, **parts}

    def _guided(self, blocks: Blocks, x: Tensor, t: Tensor) -> Tensor:
        """The teacher's velocity with guidance: told and untold as one batch."""
        batch = len(x)
        if self.settings.guidance == 1.0:
            alone: Velocity = self.teacher(x, t, t, blocks.first, blocks.age, streams_of(self.teacher, blocks))
            return alone.velocity
        both = Blocks(
            *(torch.cat([value, other]) for value, other in zip(_values(blocks), _values(untold(blocks)), strict=True))
        )
        streams = streams_of(self.teacher, both)
        velocity = self.teacher(
            torch.cat([x, x]), torch.cat([t, t]), torch.cat([t, t]), both.first, both.age, streams
        ).velocity
        told, free = velocity[:batch], velocity[batch:]
        target: Tensor = free + self.settings.guidance * (told - free)
        return target

    def _split(self, blocks: Blocks, x: Tensor, times: Times) -> Tensor:
        streams = streams_of(self.network, blocks)
        upper = self._mean(blocks, streams, x, times.t, times.s)
        first, second = (times.t - times.s)[:, None, None], (times.s - times.r)[:, None, None]
        lower = self._mean(blocks, streams, x - first * upper, times.s, times.r)
        return (first * upper + second * lower) / (first + second).clamp(min=1e-4)

    def _mean(self, blocks: Blocks, streams: Streams, x: Tensor, t: Tensor, r: Tensor) -> Tensor:
        given: Velocity = self.network(x, t, r, blocks.first, blocks.age, streams)
        return given.velocity


def intervals(drawn: Draw, instants: int) -> Times:
    """Times of a batch: the first ``instants`` blocks have r = t; of the others every second one is on the grid."""
    t, r, s = drawn.t.clone(), drawn.t.clone(), drawn.t.clone()
    pick, where, place = drawn.uniform[instants:].unbind(dim=-1)
    passes = torch.tensor(PASSES, dtype=torch.float32, device=t.device)[
        (pick * len(PASSES)).long().clamp(max=len(PASSES) - 1)
    ]
    step = torch.floor(where * passes).clamp(max=passes - 1)
    grid_t, grid_r = 1.0 - step / passes, 1.0 - (step + 1) / passes
    free_t = torch.maximum(drawn.t[instants:], drawn.t.new_tensor(0.02))
    free_r = free_t * where
    on_grid = torch.arange(len(pick), device=t.device) % 2 == 0
    t[instants:] = torch.where(on_grid, grid_t, free_t)
    r[instants:] = torch.where(on_grid, grid_r, free_r)
    share = torch.where(on_grid, torch.full_like(place, 0.5), 0.1 + 0.8 * place)
    s[instants:] = r[instants:] + share * (t[instants:] - r[instants:])
    return Times(t, s, r)


def untold(blocks: Blocks) -> Blocks:
    """The same without words and sights."""
    nothing = {
        "text_seen": torch.zeros_like(blocks.text_seen),
        "scene_seen": torch.zeros_like(blocks.scene_seen),
        "pixels_seen": torch.zeros_like(blocks.pixels_seen),
        "cue": torch.zeros_like(blocks.cue),
        "lasts": torch.zeros_like(blocks.lasts),
    }
    return Blocks(**{**{field.name: getattr(blocks, field.name) for field in fields(Blocks)}, **nothing})


def _values(blocks: Blocks) -> list[Tensor]:
    return [getattr(blocks, field.name) for field in fields(Blocks)]


def distil(
    base: Checkpoint,
    run: Path,
    data: Data,
    make: Callable[[], Network],
    settings: DistilSettings,
    *,
    tell: Callable[[str], None],
    past: Checkpoint | None = None,
) -> RunState:
    """Distil the averaged weights of ``base`` into a run of its own. Raises TrainerError.

    ``past``: a checkpoint of this distillation to go on from.
    """
    preset = stage_preset(
        base.state.preset, steps=settings.steps, rate=settings.rate, threads=settings.threads, number=1
    )
    teacher = beside(weighted(make, base), preset)
    return train(
        run,
        preset,
        data,
        lambda: weighted(make, base),
        tell=tell,
        past=past,
        scale=base.state.scale,
        learner_of=lambda network: DistilLearner(network, teacher, settings),
        stage="distilled" if settings.intervals else "guided",
    )
