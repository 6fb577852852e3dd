"""Backbone and flow head: hop after hop, each made of noise by a small MLP that knows the backbone's state.

As in MAR (Li and others 2024) and CALM (Rouard and others 2025): the backbone runs once a hop, passes repeat the head
alone. Rectified flow in the network's units, as everywhere: the head gives e - x_0 of one hop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

from hobnail_plugins.aht.nn.conditioning import WAVES, waves
from hobnail_plugins.aht.spec import NetworkSpec
from hobnail_plugins.nn.norms import normed
from hobnail_trainer.flow_head.backbone import Backbone
from hobnail_trainer.flow_head.spec import FlowHeadSpec

if TYPE_CHECKING:
    from torch import Tensor


class HeadLayer(nn.Module):
    """An MLP whose shift, scale and gate follow the condition (adaLN-zero, Peebles and Xie 2023)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.modulation = nn.Linear(width, 3 * width)
        self.up, self.down = nn.Linear(width, width), nn.Linear(width, width)
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """Both [..., width]."""
        shift, scale, gate = self.modulation(condition).chunk(3, dim=-1)
        out: Tensor = x + gate * self.down(functional.silu(self.up(normed(x) * (1.0 + scale) + shift)))
        return out


class FlowHead(nn.Module):
    """A noised hop, its flow time and its state to its velocity."""

    def __init__(self, latents: int, state: int, spec: FlowHeadSpec) -> None:
        super().__init__()
        self.enter = nn.Linear(latents, spec.width)
        self.time = nn.Linear(2 * WAVES, spec.width)
        self.state = nn.Linear(state, spec.width)
        self.layers = nn.ModuleList(HeadLayer(spec.width) for _ in range(spec.depth))
        self.last = nn.Linear(spec.width, 2 * spec.width)
        self.leave = nn.Linear(spec.width, latents)
        for begins_at_0 in (self.last, self.leave):
            nn.init.zeros_(begins_at_0.weight)
            nn.init.zeros_(begins_at_0.bias)

    def forward(self, x: Tensor, t: Tensor, state: Tensor) -> Tensor:
        """``x`` [..., latents], ``t`` [...] in 0..1, ``state`` [..., width] -> float32 [..., latents]."""
        condition = functional.silu(self.state(state) + self.time(waves(t, 300.0)))
        hidden = self.enter(x)
        for layer in self.layers:
            hidden = layer(hidden, condition)
        shift, scale = self.last(condition).chunk(2, dim=-1)
        out: Tensor = self.leave(normed(hidden) * (1.0 + scale) + shift).float()
        return out


class HopNetwork(nn.Module):
    """Both. ``backbone`` gives states, ``head`` makes hops of them."""

    def __init__(self, spec: NetworkSpec, head: FlowHeadSpec) -> None:
        super().__init__()
        self.spec, self.head_spec = spec, head
        self.backbone = Backbone(spec)
        self.hole = nn.Parameter(torch.zeros(spec.latents))  #: stands for a remembered hop that was left out
        self.head = FlowHead(spec.latents, spec.width, head)
