"""Voices hop by hop: a state, a few passes of the head, and what was made is the next state's past."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from hobnail_plugins.aht.flow_times import flow_times
from hobnail_plugins.aht.nn.flow import Field, descend, guided
from hobnail_trainer.flow_head.backbone import Kept
from hobnail_trainer.flow_head.network import HopNetwork
from hobnail_trainer.model.generate import Told

if TYPE_CHECKING:
    from torch import Tensor


@torch.no_grad()
def generate_hops(
    network: HopNetwork, told: Told, noise: Tensor, *, passes: int = 8, guidance: float = 1.0, first: int = 0
) -> Tensor:
    """Whole voices, in units, [batch, hops, latents], from ``noise`` of that shape; words alone are heeded.

    ``first``: the voices' first hop on the clock.
    """
    batch, hops, width = noise.shape
    sides = [network.backbone.words(told.text, told.text_seen)]
    if guidance != 1.0:
        sides.append(network.backbone.words(told.text, told.nothing().text_seen))
    kept: list[Kept | None] = [None] * len(sides)
    recent = noise.new_zeros(batch, network.spec.history_taps, width)
    times, made = flow_times(passes, instant=True), []
    for hop in range(hops):
        age = torch.full((batch,), hop, device=noise.device)
        fields = []
        for side, words in enumerate(sides):
            state, kept[side] = network.backbone(recent, first + age, age, words, kept=kept[side])
            fields.append(_field(network, state[:, 0]))
        field = guided(fields[0], fields[-1], guidance)
        latent = descend(field, noise[:, hop], times, instant=True)
        recent = torch.cat([recent[:, 1:], latent.unsqueeze(1)], dim=1)
        made.append(latent)
    return torch.stack(made, dim=1)


def _field(network: HopNetwork, state: Tensor) -> Field:
    def field(x: Tensor, t: Tensor, _r: Tensor) -> Tensor:
        velocity: Tensor = network.head(x, t, state)
        return velocity

    return field
