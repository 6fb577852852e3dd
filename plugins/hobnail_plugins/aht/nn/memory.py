"""Streams as keys and values: what the prompt tells, what was seen, what sounded before.

Each is computed once when it arrives, for every layer, and then only read: a prompt when it is set, vision when a hop
of it is known, history when a hop is final. A row depends on its own few inputs only, so whole and streamed are the
same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

from hobnail_plugins.aht.spec import NetworkSpec
from hobnail_plugins.gca.nn.resampler import Resampler
from hobnail_plugins.nn.attention import Rows, Sink
from hobnail_plugins.nn.norms import Norm, normed
from hobnail_plugins.nn.rotary import frequencies, turned, turns

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Memory:
    """Keys and values of a stream, for all layers."""

    keys: Tensor  #: [batch, layers, tokens, key heads, width]
    values: Tensor  #: the same shape

    def rows(self, seen: Tensor) -> list[Rows]:
        """Layer by layer, taken apart at once: going back, each alone would fill a gradient as large as all."""
        both = zip(self.keys.unbind(1), self.values.unbind(1), strict=True)
        return [Rows(keys, values, seen) for keys, values in both]


class KeysAndValues(nn.Module):
    """Tokens to keys and values of every layer, and the stream's sink slots."""

    rates: Tensor

    def __init__(self, spec: NetworkSpec) -> None:
        super().__init__()
        self.spec = spec
        shape = (spec.layers, spec.key_heads, spec.head_width)
        self.norm = Norm(spec.width)
        self.both = nn.Linear(spec.width, 2 * spec.layers * spec.key_heads * spec.head_width)
        self.gain = nn.Parameter(torch.ones(shape))
        self.sink_keys = nn.Parameter(0.02 * torch.randn(shape))
        self.sink_values = nn.Parameter(torch.zeros(shape))
        self.register_buffer("rates", frequencies(spec.head_width), persistent=False)

    def forward(self, tokens: Tensor, positions: Tensor | None) -> Memory:
        """``tokens`` [batch, n, width]; ``positions`` whole hops [batch, n], None where there is no time."""
        spec = self.spec
        batch, count, _ = tokens.shape
        both = self.both(self.norm(tokens)).view(batch, count, 2, spec.layers, spec.key_heads, spec.head_width)
        keys = (normed(both[:, :, 0]) * self.gain.to(both.dtype)).flatten(2, 3)
        if positions is not None:
            keys = turned(keys, *turns(positions, self.rates))
        keys = torch.unflatten(keys, 2, (spec.layers, spec.key_heads)).transpose(1, 2)
        return Memory(keys, both[:, :, 1].transpose(1, 2))

    def sink(self, layer: int) -> Sink:
        """The slot of one layer."""
        return Sink(self.sink_keys[layer], self.sink_values[layer])


class Tell(nn.Module):
    """The prompt: tokens of words, and the prompt as a whole."""

    def __init__(self, spec: NetworkSpec) -> None:
        super().__init__()
        self.enter = nn.Linear(spec.text_width, spec.width)
        self.hidden = nn.Linear(spec.width, spec.width)
        self.whole = nn.Linear(spec.text_width, spec.width)
        self.nothing = nn.Parameter(torch.zeros(spec.width))
        self.memory = KeysAndValues(spec)

    def forward(self, text: Tensor, seen: Tensor) -> tuple[Memory, Tensor]:
        """``text`` [batch, tokens, text width], ``seen`` bool [batch, tokens] -> its memory, and float [batch, width].

        Without a token the whole is a learned vector.
        """
        counted = seen.unsqueeze(-1).to(text.dtype)
        count = counted.sum(dim=1)
        mean = (text * counted).sum(dim=1) / count.clamp(min=1.0)
        whole = torch.where(count > 0, self.whole(mean), self.nothing.to(text.dtype))
        hidden = self.enter(text)
        return self.memory(hidden + self.hidden(functional.silu(hidden)), None), whole


class See(nn.Module):
    """What is seen: scene features and pixels through the causal resampler."""

    def __init__(self, spec: NetworkSpec) -> None:
        super().__init__()
        self.resampler = Resampler(
            spec.resampler, scene=spec.scene_width, cells=spec.cells, cell=spec.cell_width, out=spec.width
        )
        self.memory = KeysAndValues(spec)

    def forward(
        self, scene: Tensor, scene_seen: Tensor, pixels: Tensor | None, pixels_seen: Tensor | None, first: Tensor
    ) -> Memory:
        """As :class:`Resampler`; ``first`` int [batch]: the hop of the first hop that tokens are made for.

        The tokens of a hop follow each other, so there are ``hops * tokens`` of them.
        """
        tokens = self.resampler(scene, scene_seen, pixels, pixels_seen)
        hops, each = tokens.shape[1:3]
        positions = first.unsqueeze(1) + torch.arange(hops, device=first.device)
        memory: Memory = self.memory(tokens.flatten(1, 2), positions.repeat_interleave(each, dim=1))
        return memory


class Remember(nn.Module):
    """History: a hop's row is made from its own latent and the three before."""

    def __init__(self, spec: NetworkSpec) -> None:
        super().__init__()
        self.taps = spec.history_taps
        self.enter = nn.Linear(spec.history_taps * spec.latents, spec.width)
        self.hidden = nn.Linear(spec.width, spec.width)
        self.memory = KeysAndValues(spec)

    def forward(self, latents: Tensor, first: Tensor) -> Memory:
        """``latents`` [batch, taps - 1 + hops, latents], in the network's units, 0 before the voice began.

        ``first`` int [batch]: the hop of the first row.
        """
        hops = latents.shape[1] - self.taps + 1
        stacked = torch.cat([latents[:, tap : tap + hops] for tap in range(self.taps)], dim=-1)
        hidden = self.enter(stacked)
        positions = first.unsqueeze(1) + torch.arange(hops, device=first.device)
        memory: Memory = self.memory(hidden + self.hidden(functional.silu(hidden)), positions)
        return memory
