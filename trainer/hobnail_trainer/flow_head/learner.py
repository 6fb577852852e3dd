"""What the flow head learns: each hop of a block from clean, noisy or missing hops before it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, cast

import torch
from torch import nn

from hobnail_trainer.flow_head.network import HopNetwork
from hobnail_trainer.model.blocks import Blocks, Units
from hobnail_trainer.model.held_out import Judge
from hobnail_trainer.model.preset import FlowLoss, Preset
from hobnail_trainer.model.velocity import Draw, counted

if TYPE_CHECKING:
    from torch import Tensor

    from hobnail_plugins.aht.nn.network import Network


@dataclass(frozen=True, slots=True)
class Past:
    """What the states of a block, and of ``reach`` hops before it, are made from."""

    latents: Tensor  #: [batch, taps - 1 + reach + hops, latents], in units, 0 where there are none
    there: Tensor  #: bool [batch, taps - 1 + reach + hops]
    reach: int


class HopLearner(nn.Module):
    """Blocks to losses by name; ``total`` is what is minimised."""

    def __init__(self, network: HopNetwork, settings: FlowLoss) -> None:
        super().__init__()
        self.network, self.settings = network, settings

    def forward(self, blocks: Blocks, units: Units, drawn: Draw) -> dict[str, Tensor]:
        """``total`` with its gradient, ``flow`` without. All chance follows from ``drawn``."""
        device, draws = blocks.latents.device, self.network.head_spec.draws
        chance = torch.Generator().manual_seed(int(float(drawn.uniform[0, 0]) * 2.0**24))
        states = states_of(self.network, blocks, disturbed(self.network, past_of(self.network, blocks), chance))
        total = torch.zeros((), device=device)
        for _ in range(draws):
            noise = torch.randn(blocks.latents.shape, generator=chance)
            t = torch.sigmoid(self.settings.mean + self.settings.sd * torch.randn(noise.shape[:2], generator=chance))
            total = total + _loss(self.network, blocks, units, states, noise.to(device), t.to(device)) / draws
        return {"total": total, "flow": total.detach()}


def hop_loss(network: HopNetwork, blocks: Blocks, units: Units, drawn: Draw) -> Tensor:
    """Of clean pasts, all hops of a block at its flow time: to look by while it learns, not to compare with blocks'."""
    t = drawn.t.unsqueeze(1).expand(blocks.latents.shape[:2])
    return _loss(network, blocks, units, states_of(network, blocks, past_of(network, blocks)), drawn.noise, t)


def past_of(network: HopNetwork, blocks: Blocks) -> Past:
    """The hops before each of a block's, and before those as far back as the window reaches and the feed knows."""
    taps, hops, known = network.spec.history_taps, blocks.latents.shape[1], blocks.history.shape[1]
    count = blocks.history_seen.sum(dim=1)
    reach = min(int(count.max()), network.spec.history_hops - 1, known - taps)
    latents = torch.cat([blocks.history[:, known - reach - taps :], blocks.latents[:, :-1]], dim=1)
    order = torch.arange(-reach - taps, hops - 1, device=latents.device)
    return Past(latents, order >= -count.unsqueeze(1), reach)


def disturbed(network: HopNetwork, past: Past, chance: torch.Generator) -> Past:
    """The same with noise in some voices and holes in some; before a voice began there is nothing to disturb."""
    spec, latents = network.head_spec, past.latents
    batch, length = past.there.shape
    noisy, holed = torch.rand(2, batch, 1, 1, generator=chance)
    noise = torch.randn(latents.shape, generator=chance)
    gone = torch.rand(batch, length, 1, generator=chance)
    sd = spec.noise * noisy / max(spec.noisy, 1e-6) * (noisy < spec.noisy)
    share = holed / max(spec.holes, 1e-6) * (holed < spec.holes)
    there = past.there.unsqueeze(-1)
    noised = latents + (sd * noise).to(latents.device) * there
    return replace(past, latents=torch.where((gone < share).to(there.device) & there, network.hole, noised))


def states_of(network: HopNetwork, blocks: Blocks, past: Past) -> Tensor:
    """States of a block's hops, [batch, hops, width]."""
    words = network.backbone.words(blocks.text, blocks.text_seen)
    begun = torch.cat([past.there, past.there.new_ones(len(past.there), 1)], dim=1)[:, network.spec.history_taps :]
    first, age = blocks.first - past.reach, blocks.age - past.reach
    states: Tensor = network.backbone(past.latents, first, age, words, real=begun)[0]
    return states[:, past.reach :]


def _loss(network: HopNetwork, blocks: Blocks, units: Units, states: Tensor, noise: Tensor, t: Tensor) -> Tensor:
    at = t.unsqueeze(-1)
    given = network.head((1.0 - at) * blocks.latents + at * noise, t, states)
    return counted(given - (noise - blocks.latents), blocks.weight, units)


class Arm(NamedTuple):
    """What the training loop needs to train hop networks."""

    make: Callable[[], Network]
    learner_of: Callable[[Network], nn.Module]
    judge: Judge


def hop_arm(preset: Preset) -> Arm:
    """Of a preset with a ``head``. The loop trains any module that has a spec; its types name the one that ships."""
    assert preset.head is not None
    make = partial(HopNetwork, preset.network, preset.head)
    learner_of = partial(HopLearner, settings=preset.loss)
    return Arm(
        cast("Callable[[], Network]", make), cast("Callable[[Network], nn.Module]", learner_of), cast("Judge", hop_loss)
    )
