"""One layer: the block attends to itself, then to its three streams, weighed and fused, then an MLP.

::

    x ─ norm, shift ─ self-attention ─ gate ─ + ─┬─ norm ─ queries ─ text, vision, history ─ o_m ─┐
                                                 │                     weighting: w_m ────────────┤
                                                 │                     H_att = W_o sum w_m W_m o_m ┘
                                                 └─ A ──────────────── fusion(A, H_att) ─ norm, shift ─ MLP ─ gate ─ +
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import torch
from torch import nn
from torch.nn import functional

from hobnail_plugins.aht.spec import NetworkSpec
from hobnail_plugins.nn.adapted import AdaptedLinear, Adapters
from hobnail_plugins.nn.attention import Looked, Rows, Sink, attend_all, look, normed_heads
from hobnail_plugins.nn.contracts import STREAMS, TEXT, Evidence, Fusion, Steering, Weighed, Weighting
from hobnail_plugins.nn.norms import normed
from hobnail_plugins.nn.rotary import turned

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Around:
    """What is the same for all layers of a call."""

    cos: Tensor  #: of the block's positions, [batch, hops, head width / 2]
    sin: Tensor
    present: Tensor  #: bool [batch, 1, streams]
    steering: Steering | None
    adapters: Adapters | None
    noise: Tensor | None  #: float32 [batch, streams], for the oracle


@dataclass(frozen=True, slots=True)
class LayerReport:
    """What a layer did; float32 [batch, hops, ...]."""

    weighed: Weighed
    gate: Tensor  #: [batch, hops, 1]
    looked: tuple[Looked, ...]  #: by stream


class Layer(nn.Module):
    """Self-attention, streams, MLP."""

    def __init__(self, spec: NetworkSpec, index: int, fusion: nn.Module, weighting: nn.Module) -> None:
        super().__init__()
        width, self.heads = spec.width, spec.heads
        self.dynamic_gate = spec.dynamic_gate
        self.still_sinks = spec.still_sinks
        self.wants_variance = bool(getattr(weighting, "wants_variance", False))
        shape = (spec.heads, spec.head_width)
        scale = spec.head_width**-0.5

        def adapted(place: str, inputs: int, outputs: int) -> AdaptedLinear:
            return AdaptedLinear(inputs, outputs, place=place, layer=index)

        self.self_q, self.self_o = adapted("self_q", width, width), adapted("self_o", width, width)
        self.self_kv = nn.Linear(width, 2 * width)
        self.self_gains = nn.ParameterList([nn.Parameter(torch.full(shape, scale)), nn.Parameter(torch.ones(shape))])
        self.cross_q, self.cross_o = adapted("cross_q", width, width), adapted("cross_o", width, width)
        self.cross_gains = nn.ParameterList(nn.Parameter(torch.full(shape, scale)) for _ in STREAMS)
        self.streams = nn.ModuleList(nn.Linear(width, width, bias=False) for _ in STREAMS)
        self.dynamic = nn.Linear(width, 2)
        nn.init.zeros_(self.dynamic.weight)
        nn.init.zeros_(self.dynamic.bias)
        self.fusion, self.weighting = fusion, weighting
        self.mlp_up = adapted("mlp_up", width, spec.mlp * width)
        self.mlp_down = adapted("mlp_down", spec.mlp * width, width)
        self.dropout = nn.Dropout(0.0)  # a trainer may want another share; what is played has none

    def forward(
        self, x: Tensor, modulation: Tensor, rows: Sequence[Rows], sinks: Sequence[Sink], around: Around
    ) -> tuple[Tensor, LayerReport]:
        """``x`` [batch, hops, width], ``modulation`` [batch, 6 * width], a stream's rows and sinks in order."""
        shift, scale, gate, shift2, scale2, gate2 = modulation.unsqueeze(1).chunk(6, dim=-1)
        queries, keys, values = self._asked_within(normed(x) * (1.0 + scale) + shift, around)
        found = attend_all(queries, keys, values).flatten(2)
        x = x + gate * self.dropout(self.self_o.adapted(found, around.adapters))
        x, report = self._across(x, rows, sinks, around)
        inner = functional.gelu(self.mlp_up.adapted(normed(x) * (1.0 + scale2) + shift2, around.adapters))
        return x + gate2 * self.dropout(self.mlp_down.adapted(inner, around.adapters)), report

    def within(self, x: Tensor, modulation: Tensor, around: Around) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values of the block's attention to itself, [batch, hops, heads, width] each, for probes.

        Arguments as :meth:`forward`.
        """
        shift, scale = modulation.unsqueeze(1).chunk(6, dim=-1)[:2]
        return self._asked_within(normed(x) * (1.0 + scale) + shift, around)

    def _asked_within(self, x: Tensor, around: Around) -> tuple[Tensor, Tensor, Tensor]:
        queries = normed_heads(self.self_q.adapted(x, around.adapters), self.heads, self.self_gains[0])
        keys, values = self.self_kv(x).chunk(2, dim=-1)
        queries = turned(queries, around.cos, around.sin)
        keys = turned(normed_heads(keys, self.heads, self.self_gains[1]), around.cos, around.sin)
        return queries, keys, torch.unflatten(values, -1, (self.heads, -1)).to(queries.dtype)

    def _across(
        self, held: Tensor, rows: Sequence[Rows], sinks: Sequence[Sink], around: Around
    ) -> tuple[Tensor, LayerReport]:
        fusion, weighting = cast("Fusion", self.fusion), cast("Weighting", self.weighting)
        query = normed(held)
        asked = self.cross_q.adapted(query, around.adapters)
        looked = []
        for stream, (row, sink) in enumerate(zip(rows, sinks, strict=True)):
            still = normed_heads(asked, self.heads, self.cross_gains[stream])
            queries = still if stream == TEXT else turned(still, around.cos, around.sin)
            apart = still if self.still_sinks and stream != TEXT else None
            looked.append(look(queries, row, sink, variance=self.wants_variance, still=apart))
        gated = [fusion.inside(each.heads, query).flatten(2) for each in looked]
        weighed = weighting(self._evidence(query, looked, gated, around), around.steering)
        shares = weighed.weights.unsqueeze(-1)
        summed = torch.stack(
            [shares[:, :, stream] * project(gated[stream]) for stream, project in enumerate(self.streams)]
        ).sum(dim=0)
        out, gate = fusion.mix(held, self.dropout(self.cross_o.adapted(summed, around.adapters)))
        return out, LayerReport(weighed, gate, tuple(looked))

    def _evidence(self, query: Tensor, looked: Sequence[Looked], gated: Sequence[Tensor], around: Around) -> Evidence:
        dynamic = torch.zeros(*query.shape[:2], len(STREAMS), device=query.device)
        if self.dynamic_gate:
            dynamic = functional.pad(self.dynamic(query).float(), (0, len(STREAMS) - 2))
        return Evidence(
            entropy=torch.stack([each.entropy for each in looked], dim=-1),
            variance=torch.stack([each.variance for each in looked], dim=-1),
            magnitude=torch.stack([_rms(each) for each in gated], dim=-1),
            dynamic=dynamic,
            count=torch.stack([each.count.expand(query.shape[:2]) for each in looked], dim=-1),
            present=around.present.expand(*query.shape[:2], len(STREAMS)),
            noise=around.noise,
        )


def _rms(x: Tensor) -> Tensor:
    """Along the last axis, float32; of nothing it is 1e-6, so that a stream of zeros has a gradient of 0, not NaN."""
    return x.float().square().mean(dim=-1).clamp(min=1e-12).sqrt()
