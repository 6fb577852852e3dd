"""One pass of the network in the form that is exported: its own weights and parts, fewer operations.

``hobnail_plugins.aht.nn.network`` is how it is trained; this is the same function, and a test holds them together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

import torch
from torch import nn
from torch.nn import functional

from hobnail_plugins.aht.graph_io import REPORTS, STEERING, STRENGTH, VELOCITY, factor_of, rows_of, seen_of
from hobnail_plugins.aht.nn.conditioning import OLDEST_HOPS
from hobnail_plugins.aht.nn.layer import Layer
from hobnail_plugins.aht.nn.network import Network
from hobnail_plugins.aht.spec import ADAPTED
from hobnail_plugins.nn.adapted import Adapters, Factors
from hobnail_plugins.nn.contracts import Evidence, Fusion, Steering, Weighting
from hobnail_plugins.nn.norms import normed
from hobnail_plugins.nn.rotary import turns
from hobnail_plugins.streams import STREAMS, TEXT
from hobnail_trainer.export import streams
from hobnail_trainer.export.modulation import Modulation

if TYPE_CHECKING:
    from torch import Tensor

OUTPUTS = (VELOCITY, *REPORTS)


class Step(nn.Module):
    """The network, once.

    Means of reports go along the last axis, where a voice's own numbers lie side by side: elsewhere a runtime may add
    them up in another order when there is but one voice.

    Inputs by the names of :mod:`hobnail_plugins.aht.graph_io` -> outputs in the order of ``OUTPUTS``."""

    places: Tensor  #: [ages, width], what each hop's own age adds

    def __init__(self, network: Network, *, plain: bool) -> None:
        """``plain``: neither adapters nor steering; then W_o and the W_m are one matrix."""
        super().__init__()
        self.network, self.plain = network, plain
        self.modulation = Modulation(network.conditioning, network.spec.layers)
        ages = torch.arange(int(OLDEST_HOPS) + 1)
        self.register_buffer("places", network.place(ages.unsqueeze(0))[0].detach())
        self.projects = nn.ParameterList(_project(layer, plain=plain) for layer in _layers(network))

    def forward(self, given: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
        """See :data:`hobnail_plugins.aht.graph_io.BLOCK` and what stands beside it."""
        network, spec = self.network, self.network.spec
        x, first = given["x"], given["first"]
        row = torch.ones_like(x[0, :, 0])
        parts = self.modulation(given["t"], given["r"], given["age"], row.sum(), given["prompt"])
        order = row.long().cumsum(0) - 1
        around = _Around(self, given, turns(first.unsqueeze(1) + order, network.rates))
        hidden, reports = (
            network.enter(x) + self.places[(given["age"].unsqueeze(1) + order).clamp(0, int(OLDEST_HOPS))],
            [],
        )
        for index, layer in enumerate(_layers(network)):
            hidden, report = around.layer(layer, index, hidden, parts[6 * index : 6 * index + 6])
            reports.append(report)
        weights, logits, entropy, gate, sink = zip(*reports, strict=True)
        velocity = network.leave(network.norm(hidden))
        gates = torch.stack([each.squeeze(-1) for each in gate], dim=1).mean(dim=-1)
        means = [
            torch.stack(each, dim=-1).transpose(1, 2).flatten(2).mean(dim=-1)
            for each in (weights, logits, entropy, sink)
        ]
        assert spec.layers == len(reports)
        return velocity, means[0], means[1], means[2], gates, means[3]


class _Around:
    """What is the same for all layers of a pass, and a layer's own work."""

    def __init__(self, step: Step, given: Mapping[str, Tensor], turn: tuple[Tensor, Tensor]) -> None:
        self.step, self.given, self.turn = step, given, turn
        self.spec = spec = step.network.spec
        self.seen = streams.seen_of(spec, [given[seen_of(stream)] for stream in STREAMS])
        batch, hops = given["x"].shape[:2]
        self.count = self.seen.count.expand(batch, hops, -1)
        self.present = (self.seen.count > 0).expand(batch, hops, -1)
        self.steering = None if step.plain else Steering(*(given[name] for name in STEERING))
        self.adapters: Adapters | None = None
        if not step.plain:
            places = {place: _factors(given, place, spec.layers) for place in ADAPTED}
            self.adapters = Adapters(places, given[STRENGTH])

    def layer(
        self, layer: Layer, index: int, x: Tensor, parts: tuple[Tensor, ...]
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        shift, scale, gate, shift2, scale2, gate2 = parts
        x = x + gate * self._within(layer, normed(x) * scale + shift)
        x, report = self._across(layer, index, x)
        inner = functional.gelu(layer.mlp_up.adapted(normed(x) * scale2 + shift2, self.adapters))
        return x + gate2 * layer.mlp_down.adapted(inner, self.adapters), report

    def _heads(self, x: Tensor) -> Tensor:
        """[batch, hops, width] -> [batch, hops, heads, head width]."""
        out: Tensor = torch.unflatten(x, -1, (self.spec.heads, -1))
        return out

    def _turned(self, x: Tensor) -> Tensor:
        """[batch, hops, heads, head width] -> [batch, hops, width], turned by the hops' places on the clock."""
        return torch.onnx.ops.rotary_embedding(x.flatten(2), *self.turn, num_heads=self.spec.heads)

    def _within(self, layer: Layer, x: Tensor) -> Tensor:
        heads = self.spec.heads
        keys, values = layer.self_kv(x).chunk(2, dim=-1)
        pair = (layer.self_q.adapted(x, self.adapters), keys)
        queries, keys = (
            self._turned(normed(self._heads(part)) * gain) for part, gain in zip(pair, layer.self_gains, strict=True)
        )
        found = torch.onnx.ops.attention(queries, keys, values, q_num_heads=heads, kv_num_heads=heads, scale=1.0)[0]
        return layer.self_o.adapted(found, self.adapters)

    def _across(self, layer: Layer, index: int, held: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        fusion, weighting = cast("Fusion", layer.fusion), cast("Weighting", layer.weighting)
        query = normed(held)
        asked = normed(self._heads(layer.cross_q.adapted(query, self.adapters)))
        queries = [asked * gain for gain in layer.cross_gains]
        queries = [each.flatten(2) if stream == TEXT else self._turned(each) for stream, each in enumerate(queries)]
        rows = [
            (self.given[rows_of(stream, "keys", index)], self.given[rows_of(stream, "values", index)])
            for stream in STREAMS
        ]
        found = streams.find(self.spec, queries, rows, self.seen, variance=layer.wants_variance)
        parts = [fusion.inside(each, query).flatten(2) for each in found.heads]
        dynamic = torch.zeros_like(found.entropy)
        if layer.dynamic_gate:
            dynamic = functional.pad(layer.dynamic(query), (0, len(STREAMS) - 2))
        evidence = Evidence(
            entropy=found.entropy,
            variance=found.variance,
            magnitude=torch.stack([part.square().mean(dim=-1).clamp(min=1e-12).sqrt() for part in parts], dim=-1),
            dynamic=dynamic,
            count=self.count,
            present=self.present,
        )
        weighed = weighting(evidence, self.steering)
        summed = streams.weighed(weighed.weights, parts, self.step.projects[index])
        out = summed + layer.cross_o.bias if self.step.plain else layer.cross_o.adapted(summed, self.adapters)
        mixed, gate = fusion.mix(held, out)
        return mixed, (weighed.weights, weighed.logits, found.entropy, gate, found.sink)


def _layers(network: Network) -> list[Layer]:
    return cast("list[Layer]", list(network.layers))


def _project(layer: Layer, *, plain: bool) -> nn.Parameter:
    joined = torch.cat([cast("nn.Linear", stream).weight for stream in layer.streams], dim=1).detach()
    if plain:
        joined = (layer.cross_o.weight.double() @ joined.double()).float().detach()
    return nn.Parameter(joined, requires_grad=False)


def _factors(given: Mapping[str, Tensor], place: str, layers: int) -> Factors:
    """Layer by layer: the network only ever asks for one layer's."""
    down, up = ([given[factor_of(f"{half}_{place}", layer)] for layer in range(layers)] for half in ("down", "up"))
    return Factors(cast("Tensor", down), cast("Tensor", up))
