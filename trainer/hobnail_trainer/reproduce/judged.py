"""What a network makes of held-out blocks, judged near noise, where what is made comes from what is told.

The same noise and flow times for every network and view, so losses differ by the network and what it was told alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from hobnail_plugins.aht.nn.network import Network, Velocity
from hobnail_trainer.feed.batch import FeedBatch
from hobnail_trainer.model.blocks import Blocks, Units, blocks_from, streams_of
from hobnail_trainer.model.velocity import Draw, between
from hobnail_trainer.reproduce.contacts import Held

TIMES: Final = (0.8, 0.97)  #: flow times


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What a network made of one view."""

    losses: NDArray[np.float64]  #: [blocks], at the judged hops, mean over TIMES
    made: NDArray[np.float64]  #: [blocks], level of the judged hops from next to nothing but noise, in units
    true: NDArray[np.float64]  #: [blocks], level of the sound
    weights: NDArray[np.float64]  #: [3], mean weight of text, vision and history over layers and judged hops


@torch.no_grad()
def judge(network: Network, units: Units, held: Held, batch: FeedBatch) -> Judged:
    """``batch``: the held-out blocks as some view shows them. The same noise and times for all."""
    blocks = blocks_from(batch, units)
    judged = torch.as_tensor(held.judged).float()
    noise = torch.randn(blocks.latents.shape, generator=torch.Generator().manual_seed(11))
    found, weights = [], []
    for time in TIMES:
        at = torch.full((len(noise),), time)
        given, x = passed(network, blocks, noise, at)
        square = ((given.velocity - (noise - blocks.latents)).square() * units.counts).mean(dim=-1)
        found.append(_over(square, judged))
        mean = torch.stack([report.weighed.weights for report in given.reports]).mean(dim=0)
        weights.append(torch.stack([_over(mean[..., stream], judged).mean() for stream in range(mean.shape[-1])]))
    made = (x - at[:, None, None] * given.velocity)[..., 0]  # of the last time, which is next to noise alone
    return Judged(
        losses=torch.stack(found).mean(dim=0).double().numpy(),
        made=_over(made, judged).double().numpy(),
        true=_over(blocks.latents[..., 0], judged).double().numpy(),
        weights=torch.stack(weights).mean(dim=0).double().numpy(),
    )


def passed(network: Network, blocks: Blocks, noise: torch.Tensor, at: torch.Tensor) -> tuple[Velocity, torch.Tensor]:
    """One pass from the blocks' own x_t; gives x_t, too."""
    drawn = Draw(noise, at, torch.zeros(len(noise), 3))
    x = between(blocks.latents, drawn)
    given: Velocity = network(x, at, at, blocks.first, blocks.age, streams_of(network, blocks))
    return given, x


def _over(values: torch.Tensor, judged: torch.Tensor) -> torch.Tensor:
    """Mean over the judged hops of each block."""
    return (values * judged).sum(dim=1) / judged.sum(dim=1)
