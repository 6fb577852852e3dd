"""Scales and shifts of all layers in the form that is exported: :class:`Conditioning` with fewer, larger operations."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

from hobnail_plugins.aht.nn.conditioning import OLDEST_HOPS, WAVES, Conditioning, grown

if TYPE_CHECKING:
    from torch import Tensor

_FASTEST = (300.0, 300.0, 100.0, 30.0)  # of time, interval, age, length, as in Conditioning


class Modulation(nn.Module):
    """The four waves as one product; what is constant of a layer, and the 1 of its scales, are added once."""

    rates: Tensor
    waves: Tensor
    offsets: Tensor
    old: Tensor

    def __init__(self, conditioning: Conditioning, layers: int) -> None:
        super().__init__()
        self.inner, self.layers = conditioning, layers
        steps = torch.arange(WAVES, dtype=torch.float32) / (WAVES - 1)
        rates = [fastest * torch.exp(-math.log(fastest * 2.0) * steps) for fastest in _FASTEST]
        parts = (conditioning.time, conditioning.interval, conditioning.age, conditioning.length)
        offsets = torch.unflatten((conditioning.offsets + conditioning.modulation.bias).detach().clone(), 1, (6, -1))
        offsets[:, 1] += 1.0
        offsets[:, 4] += 1.0
        self.register_buffer("old", grown(torch.arange(int(OLDEST_HOPS) + 1)))
        self.register_buffer("rates", torch.stack(rates))
        self.register_buffer("waves", torch.cat([part.weight for part in parts], dim=1).detach())
        self.register_buffer("offsets", offsets.flatten(1))

    def forward(self, t: Tensor, r: Tensor, age: Tensor, hops: Tensor, prompt: Tensor) -> tuple[Tensor, ...]:
        """``hops`` float scalar. Six tensors [batch, 1, width] for each layer: shift, 1 + scale, gate; twice.

        One row more than there are voices is computed and dropped: products of a single row take another path in
        runtimes, and a voice must be the same alone and among others, bit for bit.
        """
        old = self.old[age.clamp(0, int(OLDEST_HOPS))]
        long = (torch.log(hops) * (1.0 / (6.0 * math.log(2.0)))).expand_as(old)
        values = torch.stack([t, t - r, old, long], dim=-1)
        values, prompt = torch.cat([values, values[:1]]), torch.cat([prompt, prompt[:1]])
        angle = values.unsqueeze(-1) * self.rates
        waves = torch.cat([angle.cos(), angle.sin()], dim=-1).flatten(1)
        summed = functional.linear(waves, self.waves, self.inner.time.bias) + prompt
        vector = functional.silu(self.inner.hidden(functional.silu(summed)))
        changed = functional.linear(vector, self.inner.modulation.weight)[:-1]
        each = changed.unsqueeze(1).expand(-1, self.layers, -1) + self.offsets
        return each.flatten(1).unsqueeze(1).chunk(6 * self.layers, dim=-1)
