"""The flow-matching loss: learn the velocity from a clean block to noise, everywhere in between.

x_t = (1 - t) x_0 + t e with e standard normal in the network's units, and the network learns e - x_0 (Liu, Gong and Liu
2022). A dimension counts as the square of its spread, a hop as its weight in the feed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn

from hobnail_plugins.aht.nn.network import Network, Streams, Velocity
from hobnail_plugins.nn.adapted import Adapters
from hobnail_trainer.model.blocks import Blocks, Units
from hobnail_trainer.model.preset import FlowLoss

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Draw:
    """Chance of one batch."""

    noise: Tensor  #: [batch, hops, latents]
    t: Tensor  #: [batch]
    uniform: Tensor  #: [batch, 3], 0..1, for whatever else is drawn


def seed_of(seed: int, batch: int, rank: int) -> int:
    """The seed of one batch's chance on one process."""
    return (seed * 1_000_003 + batch) * 4099 + rank


def drop(network: nn.Module, share: float) -> None:
    """Let so many of what layers add be missing while the network is in training mode."""
    for module in network.modules():
        if isinstance(module, nn.Dropout):
            module.p = share


def draw(shape: torch.Size, settings: FlowLoss, chance: torch.Generator, device: torch.device | None = None) -> Draw:
    """Noise and logit-normal flow times, the same on every device."""
    normal = torch.randn(shape[0], generator=chance)
    noise = torch.randn(shape, generator=chance)
    uniform = torch.rand(shape[0], 3, generator=chance)
    t = torch.sigmoid(settings.mean + settings.sd * normal)
    return Draw(noise.to(device), t.to(device), uniform.to(device))


def between(clean: Tensor, drawn: Draw) -> Tensor:
    """x_t."""
    t = drawn.t[:, None, None]
    return (1.0 - t) * clean + t * drawn.noise


def counted(error: Tensor, weight: Tensor, units: Units) -> Tensor:
    """Mean square of ``error`` [batch, hops, latents]: hops by ``weight`` [batch, hops], dimensions by their spread."""
    square = (error.square() * units.counts).mean(dim=-1)
    return (square * weight).sum() / weight.sum().clamp(min=1e-6)


def flow_loss(
    network: Network, blocks: Blocks, streams: Streams, units: Units, drawn: Draw, *, adapters: Adapters | None = None
) -> tuple[Tensor, Velocity]:
    """The loss, and what the network gave."""
    given = network(
        between(blocks.latents, drawn), drawn.t, drawn.t, blocks.first, blocks.age, streams, adapters=adapters
    )
    return counted(given.velocity - (drawn.noise - blocks.latents), blocks.weight, units), given
