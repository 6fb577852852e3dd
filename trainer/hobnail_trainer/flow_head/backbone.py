"""The causal backbone: from clean past hops and words to a state of the hop that comes next.

Its parts are those of the block network: the prompt's memory and attention with a sink, rotary turns on the clock of
hops, QK-norm, adaLN-single by the prompt, a hop's age, four latents to what enters. Hop i's state sees latents before i
alone, and keys of itself and the ``history_hops`` - 1 hops before it; what is kept from hop to hop is those keys and
values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

from hobnail_plugins.aht.nn.conditioning import Place
from hobnail_plugins.aht.nn.memory import Tell
from hobnail_plugins.aht.spec import NetworkSpec
from hobnail_plugins.nn.attention import Rows, Sink, look, normed_heads
from hobnail_plugins.nn.norms import Norm, normed
from hobnail_plugins.nn.rotary import frequencies, turned, turns

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Words:
    """What was told, for every layer."""

    rows: list[Rows]
    shifts: Tensor  #: [layers, batch, 1, 6 * width]


@dataclass(frozen=True, slots=True)
class Kept:
    """Keys and values of the hops just before, of every layer: [batch, heads, hops, width] each."""

    keys: tuple[Tensor, ...]
    values: tuple[Tensor, ...]

    @property
    def hops(self) -> int:
        """How many are kept."""
        return self.keys[0].shape[2] if self.keys else 0


class CausalLayer(nn.Module):
    """A hop attends to the window before it, then to the words; then an MLP."""

    def __init__(self, spec: NetworkSpec) -> None:
        super().__init__()
        width, self.heads, scale = spec.width, spec.heads, spec.head_width**-0.5
        shape = (spec.heads, spec.head_width)
        self.asked = nn.Linear(width, 3 * width)
        self.found = nn.Linear(width, width)
        self.gains = nn.ParameterList([nn.Parameter(torch.ones(shape)), nn.Parameter(torch.ones(shape))])
        self.cross_q, self.cross_o = nn.Linear(width, width), nn.Linear(width, width)
        self.cross_gain = nn.Parameter(torch.full(shape, scale))
        self.mlp_up, self.mlp_down = nn.Linear(width, spec.mlp * width), nn.Linear(spec.mlp * width, width)
        for begins_at_0 in (self.cross_o.weight, self.cross_o.bias):
            nn.init.zeros_(begins_at_0)

    def forward(
        self, x: Tensor, shifts: Tensor, words: Rows, sink: Sink, at: tuple[Tensor, Tensor], may: Tensor,
        before: tuple[Tensor, Tensor] | None,
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:  # fmt: skip
        """``x`` [batch, hops, width]; ``at`` cosine and sine; ``may`` bool [batch, 1, hops, kept + hops].

        Gives what came of it, and keys and values of all hops that were there: kept ones and these.
        """
        shift, scale, gate, shift2, scale2, gate2 = shifts.chunk(6, dim=-1)
        asked, key, value = self.asked(normed(x) * (1.0 + scale) + shift).chunk(3, dim=-1)
        queries = turned(normed_heads(asked, self.heads, self.gains[0]), *at).transpose(1, 2)
        keys = turned(normed_heads(key, self.heads, self.gains[1]), *at).transpose(1, 2)
        values = torch.unflatten(value, -1, (self.heads, -1)).transpose(1, 2).to(keys.dtype)
        if before is not None:
            keys, values = torch.cat([before[0], keys], dim=2), torch.cat([before[1], values], dim=2)
        found = functional.scaled_dot_product_attention(queries, keys, values, attn_mask=may)
        x = x + gate * self.found(found.transpose(1, 2).flatten(2))
        still = normed_heads(self.cross_q(normed(x)), self.heads, self.cross_gain)
        x = x + self.cross_o(look(still, words, sink).heads.flatten(2))
        inner = functional.gelu(self.mlp_up(normed(x) * (1.0 + scale2) + shift2))
        return x + gate2 * self.mlp_down(inner), (keys, values)


class Backbone(nn.Module):
    """``words`` takes a prompt; calling it gives states of hops."""

    rates: Tensor

    def __init__(self, spec: NetworkSpec) -> None:
        super().__init__()
        self.spec = spec
        width = spec.width
        self.tell = Tell(spec)
        self.enter = nn.Linear(spec.history_taps * spec.latents, width)
        self.place = Place(width)
        self.hidden = nn.Linear(width, width)
        self.modulation = nn.Linear(width, 6 * width)
        self.offsets = nn.Parameter(torch.zeros(spec.layers, 6 * width))
        nn.init.normal_(self.modulation.weight, std=0.02)
        with torch.no_grad():
            self.modulation.bias.zero_()
            self.offsets.view(spec.layers, 6, width)[:, [2, 5]] = 1.0  # gates begin open: there is no noise to pass on
        self.layers = nn.ModuleList(CausalLayer(spec) for _ in range(spec.layers))
        self.norm = Norm(width)
        self.register_buffer("rates", frequencies(spec.head_width), persistent=False)

    def words(self, text: Tensor, seen: Tensor) -> Words:
        """``text`` [batch, tokens, text width], ``seen`` bool [batch, tokens]."""
        memory, prompt = self.tell(text, seen)
        vector = functional.silu(self.hidden(functional.silu(prompt)))
        shifts = self.modulation(vector).unsqueeze(0) + self.offsets.unsqueeze(1)
        return Words(memory.rows(seen), shifts.unsqueeze(2))

    def forward(
        self, latents: Tensor, first: Tensor, age: Tensor, words: Words, *, real: Tensor | None = None,
        kept: Kept | None = None,
    ) -> tuple[Tensor, Kept]:  # fmt: skip
        """States [batch, hops, width] of the hops after each of ``latents`` [batch, taps - 1 + hops, latents].

        ``latents`` in units, 0 before the voice began. ``first`` int [batch]: the clock's hop of the first state;
        ``age`` int [batch]: hops since the voice began there. ``real`` bool [batch, hops]: which hops there are; all
        unless told. ``kept``: of the hops just before.
        """
        taps, window = self.spec.history_taps, self.spec.history_hops
        hops = latents.shape[1] - taps + 1
        order = torch.arange(hops, device=latents.device)
        stacked = torch.cat([latents[:, tap : tap + hops] for tap in range(taps)], dim=-1)
        x = self.enter(stacked) + self.place(age.unsqueeze(1) + order)
        at = turns(first.unsqueeze(1) + order, self.rates)
        many = kept.hops if kept else 0
        may = _may(many, hops, window, real, latents.device)
        keys, values = [], []
        for index, layer in enumerate(self.layers):
            before = (kept.keys[index], kept.values[index]) if kept and many else None
            sink = self.tell.memory.sink(index)
            x, (key, value) = layer(x, words.shifts[index], words.rows[index], sink, at, may, before)
            keys.append(key[:, :, -(window - 1) :])
            values.append(value[:, :, -(window - 1) :])
        return self.norm(x), Kept(tuple(keys), tuple(values))


def _may(kept: int, hops: int, window: int, real: Tensor | None, device: torch.device) -> Tensor:
    """Who may attend to whom: bool [1 or batch, 1, hops, kept + hops]. A hop always sees itself."""
    back = kept + torch.arange(hops, device=device).unsqueeze(1) - torch.arange(kept + hops, device=device)
    may = ((back >= 0) & (back < window))[None, None]
    if real is None:
        return may
    there = functional.pad(real, (kept, 0), value=True)[:, None, None]
    return (may & there) | (back == 0)
