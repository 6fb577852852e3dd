"""The bank: factors of every expert, at every place, in every layer, as parameters."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import nn

from hobnail_plugins.aht.spec import NetworkSpec, adapted_places
from hobnail_plugins.moe_lora.spec import AdapterSettings
from hobnail_plugins.nn.adapted import Adapters, Factors

if TYPE_CHECKING:
    from torch import Tensor


class LoraBank(nn.Module):
    """A and B of E experts. A begins as Kaiming's uniform (He and others 2015), B at 0: at first nothing changes."""

    def __init__(self, spec: NetworkSpec, settings: AdapterSettings) -> None:
        super().__init__()
        self.rank, self.scale = settings.rank, settings.alpha / settings.rank
        self.down, self.up = nn.ParameterDict(), nn.ParameterDict()
        sizes = adapted_places(spec)
        experts, layers, rank = len(settings.experts), spec.layers, settings.rank
        for place in settings.places:
            size = sizes[place]
            bound = 1.0 / math.sqrt(size.inputs)  # kaiming_uniform_ with a = sqrt(5), as linear layers begin
            self.down[place] = nn.Parameter(torch.empty(experts, layers, rank, size.inputs).uniform_(-bound, bound))
            self.up[place] = nn.Parameter(torch.zeros(experts, layers, size.outputs, rank))

    def adapters(self, strengths: Tensor) -> Adapters:
        """What the network takes. ``strengths`` [batch, hops or 1, experts]."""
        places = {
            place: Factors(
                down=down.permute(1, 3, 0, 2).flatten(2),
                up=self.scale * self.up[place].permute(1, 0, 3, 2).flatten(1, 2),
            )
            for place, down in self.down.items()
        }
        return Adapters(places, strengths.repeat_interleave(self.rank, dim=-1))

    def overlap(self) -> Tensor:
        """sum over pairs of experts i < j, places and layers of ||A_i A_j^T||_F^2: 0 where experts read apart."""
        total = torch.zeros((), device=next(self.parameters()).device)
        for down in self.down.values():
            rows = down.transpose(0, 1).flatten(1, 2)  # [layers, experts * rank, inputs]
            square = (rows @ rows.transpose(-1, -2)).square()
            experts = torch.arange(len(down), device=down.device).repeat_interleave(self.rank)
            total = total + (square * (experts[:, None] < experts)).sum()
        return total
