"""A small transformer that makes a block of latents whole: the yardstick of the trial, not the product's model.

Rectified flow (Liu, Gong and Liu 2022): x_t = (1 - t) x + t e, and the network learns v = e - x. Hops attend to the
whole block; time and condition enter by adaptive layer norms that begin at zero (Peebles and Xie 2023).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from torch import Tensor


class Flow(nn.Module):
    """Velocity of a block of latents."""

    def __init__(self, *, dimensions: int, words: int, hops: int, width: int, layers: int, heads: int) -> None:
        """``words``: length of a condition, a bag of known words; all zeros stands for any."""
        super().__init__()
        self.width = width
        self.enter = nn.Linear(dimensions, width)
        self.place = nn.Parameter(0.02 * torch.randn(hops, width))
        self.time = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
        self.words = nn.Linear(words, width)
        self.layers = nn.ModuleList(_Layer(width, heads) for _ in range(layers))
        self.leave = nn.Linear(width, dimensions)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

    def forward(self, x: Tensor, t: Tensor, words: Tensor) -> Tensor:
        """[batch, hops, dimensions], [batch] in 0..1, [batch, words] -> [batch, hops, dimensions]."""
        half = torch.exp(torch.linspace(0.0, -math.log(1000.0), self.width // 2))
        angle = 1000.0 * t[:, None] * half
        condition = functional.silu(self.time(torch.cat([angle.cos(), angle.sin()], dim=1)) + self.words(words))
        hidden = self.enter(x) + self.place
        for layer in self.layers:
            hidden = layer(hidden, condition)
        out: Tensor = self.leave(functional.layer_norm(hidden, (self.width,)))
        return out


class _Layer(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.shape = nn.Linear(width, 6 * width)
        self.qkv = nn.Linear(width, 3 * width)
        self.mix = nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        nn.init.zeros_(self.shape.weight)
        nn.init.zeros_(self.shape.bias)

    def forward(self, hidden: Tensor, condition: Tensor) -> Tensor:
        shift, scale, gate, shift2, scale2, gate2 = self.shape(condition)[:, None].chunk(6, dim=-1)
        width = (hidden.shape[-1],)
        normed = functional.layer_norm(hidden, width) * (1.0 + scale) + shift
        query, key, value = (
            part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in self.qkv(normed).chunk(3, dim=-1)
        )
        attended = functional.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2)
        hidden = hidden + gate * self.mix(attended)
        normed = functional.layer_norm(hidden, width) * (1.0 + scale2) + shift2
        out: Tensor = hidden + gate2 * self.mlp(normed)
        return out


@torch.no_grad()
def sample(flow: Flow, noise: Tensor, words: Tensor, *, passes: int, guidance: float) -> Tensor:
    """Noise to latents by Euler steps, with classifier-free guidance (Ho and Salimans 2022) unless it is 1."""
    x = noise
    for step in range(passes):
        t = torch.full((len(x),), 1.0 - step / passes)
        velocity = flow(x, t, words)
        if guidance != 1.0:
            free = flow(x, t, torch.zeros_like(words))
            velocity = free + guidance * (velocity - free)
        x = x - velocity / passes
    return x
