"""One pass of the network in the form that is exported: its own weights and parts, fewer operations.

``hobnail_plugins.aht.nn.network`` is how it is trained; this is the same function, and a test holds them together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

import torch
from torch import nn
from torch.nn import functional

from hobnail_plugins.aht.graph_io import CUE, LASTS, REPORTS, STEERING, STRENGTH, VELOCITY, factor_of, rows_of, seen_of
from hobnail_plugins.aht.nn.conditioning import GONE_HOPS, OLDEST_HOPS, left
from hobnail_plugins.aht.nn.layer import Layer
from hobnail_plugins.aht.nn.network import Network
from hobnail_plugins.aht.spec import ADAPTED, NetworkSpec
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

    Inputs by the names of :mod:`hobnail_plugins.aht.graph_io` -> outputs in the order of ``OUTPUTS``."""

    places: Tensor  #: [ages, width], what each hop's own age adds
    ends: Tensor  #: [1 + hops, width], what is added by how long a sound still lasts; first that nobody knows it

    def __init__(self, network: Network, *, plain: bool) -> None:
        """``plain``: no adapters; then W_o and the W_m are one matrix, and the block's queries and keys another."""
        super().__init__()
        self.network, self.plain = network, plain
        self.modulation = Modulation(network.conditioning, network.spec.layers)
        ages = torch.arange(int(OLDEST_HOPS) + 1)
        self.register_buffer("places", network.place(ages.unsqueeze(0))[0].detach())
        if network.ending is not None:
            hops = torch.arange(-int(GONE_HOPS), int(OLDEST_HOPS) + 1)
            unknown = torch.zeros(1, network.spec.width)
            self.register_buffer("ends", torch.cat([unknown, network.ending.at(hops).detach()]))
        self.projects = nn.ParameterList(_project(layer, plain=plain) for layer in _layers(network))
        self.within = nn.ModuleList(_Within(layer, plain=plain) for layer in _layers(network))
        self.dynamic = nn.ModuleList(_dynamic(layer) for layer in _layers(network))
        self.sinks = nn.ParameterList(_sinks(network, layer, index) for index, layer in enumerate(_layers(network)))

    def forward(self, given: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
        """See :data:`hobnail_plugins.aht.graph_io.BLOCK` and what stands beside it."""
        network, spec = self.network, self.network.spec
        x, first = given["x"], given["first"]
        row = torch.ones_like(x[0, :, 0])
        parts = self.modulation(given["t"], given["r"], given["age"], row.sum(), given["prompt"])
        order = row.long().cumsum(0) - 1
        around = _Around(self, given, turns(first.unsqueeze(1) + order, network.rates))
        ages, reports = given["age"].unsqueeze(1) + order, []
        hidden = network.enter(x) + self.places[ages.clamp(0, int(OLDEST_HOPS))]
        if network.cue is not None:
            hidden = hidden + network.cue.told(given[CUE])
        if network.ending is not None:
            lasts = given[LASTS]
            known = (lasts > 0).unsqueeze(1)
            hidden = hidden + self.ends[torch.where(known, left(lasts, ages) + int(GONE_HOPS) + 1, 0)]
        for index, layer in enumerate(_layers(network)):
            hidden, report = around.layer(layer, index, hidden, parts[6 * index : 6 * index + 6])
            reports.append(report)
        velocity = network.leave(network.norm(hidden))
        return velocity, *_reported(spec, reports, row.sum())


class _Around:
    """What is the same for all layers of a pass, and a layer's own work."""

    def __init__(self, step: Step, given: Mapping[str, Tensor], turn: tuple[Tensor, Tensor]) -> None:
        self.step, self.given, self.turn = step, given, turn
        self.spec = spec = step.network.spec
        self.seen = streams.seen_of(spec, [given[seen_of(stream)] for stream in STREAMS])
        self.present = self.seen.count > 0
        self.steering = Steering(*(given[name] for name in STEERING))
        self.adapters: Adapters | None = None
        if not step.plain:
            places = {place: _factors(given, place, spec.layers) for place in ADAPTED}
            self.adapters = Adapters(places, given[STRENGTH])

    def layer(
        self, layer: Layer, index: int, x: Tensor, parts: tuple[Tensor, ...]
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        shift, scale, gate, shift2, scale2, gate2 = parts
        x = x + gate * self._within(layer, index, normed(x) * scale + shift)
        x, report = self._across(layer, index, x)
        inner = functional.gelu(layer.mlp_up.adapted(normed(x) * scale2 + shift2, self.adapters))
        return x + gate2 * layer.mlp_down.adapted(inner, self.adapters), report

    def _heads(self, x: Tensor) -> Tensor:
        """[batch, hops, width] -> [batch, hops, heads, head width]."""
        out: Tensor = torch.unflatten(x, -1, (self.spec.heads, -1))
        return out

    def _turned(self, x: Tensor, times: int = 1) -> Tensor:
        """[batch, hops, times * width], turned head by head by the hops' places on the clock."""
        return torch.onnx.ops.rotary_embedding(x, *self.turn, num_heads=times * self.spec.heads)

    def _within(self, layer: Layer, index: int, x: Tensor) -> Tensor:
        heads, within = self.spec.heads, cast("_Within", self.step.within[index])
        if self.adapters is None:
            pair = within.pair(x)
        else:
            pair = torch.cat([layer.self_q.adapted(x, self.adapters), within.keys(x)], dim=-1)
        pair = normed(torch.unflatten(pair, -1, (2 * heads, -1))).flatten(2) * within.gains
        queries, keys = self._turned(pair, 2).chunk(2, dim=-1)
        values = within.values(x)
        found = torch.onnx.ops.attention(queries, keys, values, q_num_heads=heads, kv_num_heads=heads, scale=1.0)[0]
        return layer.self_o.adapted(found, self.adapters)

    def _across(self, layer: Layer, index: int, held: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        fusion, weighting = cast("Fusion", layer.fusion), cast("Weighting", layer.weighting)
        query = normed(held)
        asked = normed(self._heads(layer.cross_q.adapted(query, self.adapters))).flatten(2)
        queries = [asked * gain.flatten() for gain in layer.cross_gains]
        rests: list[Tensor | None] = [None] * len(STREAMS)
        if layer.still_sinks:
            rests[TEXT + 1 :] = streams.rests_of(self.spec, asked, self.step.sinks[index])
        queries = [each if stream == TEXT else self._turned(each) for stream, each in enumerate(queries)]
        rows = [
            (self.given[rows_of(stream, "keys", index)], self.given[rows_of(stream, "values", index)])
            for stream in STREAMS
        ]
        found = streams.find(self.spec, queries, rows, rests, self.seen, variance=layer.wants_variance)
        if getattr(fusion, "channelwise", False):
            parts = [fusion.inside(each, query) for each in found.heads]
        else:
            parts = [fusion.inside(self._heads(each), query).flatten(2) for each in found.heads]
        dynamic = torch.zeros_like(found.entropy)
        if layer.dynamic_gate:
            dynamic = self.step.dynamic[index](query)
        evidence = Evidence(
            entropy=found.entropy,
            variance=found.variance,
            magnitude=torch.stack([part.square().mean(dim=-1).clamp(min=1e-12).sqrt() for part in parts], dim=-1),
            dynamic=dynamic,
            count=self.seen.count,
            present=self.present,
        )
        weighed = weighting(evidence, self.steering)
        summed = streams.weighed(weighed.weights, parts, self.step.projects[index])
        out = summed + layer.cross_o.bias if self.step.plain else layer.cross_o.adapted(summed, self.adapters)
        mixed, gate = fusion.mix(held, out)
        return mixed, (torch.cat([weighed.weights, weighed.logits, found.entropy, found.sink], dim=-1), gate)


def _reported(spec: NetworkSpec, reports: Sequence[tuple[Tensor, ...]], hops: Tensor) -> tuple[Tensor, ...]:
    """Means over hops and layers, in the order of REPORTS, from each layer's [batch, hops, 12] and its gate.

    Added up one after the other: a runtime's own means add in an order that follows where a voice's numbers lie in
    memory, and a voice must be the same alone and in any company, bit for bit.
    """
    summed, gates = reports[0]
    for each, _ in reports[1:]:
        summed = summed + each
    gates = torch.cat([gate for _, gate in reports], dim=-1)
    whole = torch.cat([summed * (1.0 / spec.layers), gates], dim=-1).cumsum(dim=1)[:, -1] * (1.0 / hops)
    weights, logits, entropy, sink = whole[:, : -spec.layers].chunk(4, dim=-1)
    return weights, logits, entropy, whole[:, -spec.layers :], sink


class _Within(nn.Module):
    """Queries and keys of the block's attention to itself side by side: normed, scaled, turned by one operation.

    With adapters on the queries their product stands alone."""

    def __init__(self, layer: Layer, *, plain: bool) -> None:
        super().__init__()
        width = layer.self_q.in_features
        keys, values = layer.self_kv.weight.detach().chunk(2)
        of_keys, of_values = layer.self_kv.bias.detach().chunk(2)
        self.gains = nn.Parameter(
            torch.cat([gain.detach().flatten() for gain in layer.self_gains]), requires_grad=False
        )
        self.values = _linear(values, of_values)
        if plain:
            weight = torch.cat([layer.self_q.weight.detach(), keys])
            self.pair = _linear(weight, torch.cat([layer.self_q.bias.detach(), of_keys]))
        else:
            self.keys = _linear(keys, of_keys)
        assert len(self.gains) == 2 * width


def _sinks(network: Network, layer: Layer, index: int) -> nn.Parameter:
    """Of the streams with a clock, the text comes before them: asked with queries that keep still."""
    makers = (network.see.memory, network.remember.memory)
    gains = [gain.detach() for gain in list(layer.cross_gains)[TEXT + 1 :]]
    keys = [maker.sink_keys[index].detach() for maker in makers]
    return nn.Parameter(streams.sinks_asked(network.spec, gains, keys), requires_grad=False)


def _linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    made = nn.Linear(weight.shape[1], weight.shape[0])
    made.weight = nn.Parameter(weight.clone(), requires_grad=False)
    made.bias = nn.Parameter(bias.clone(), requires_grad=False)
    return made


def _dynamic(layer: Layer) -> nn.Linear:
    """G_dyn with a logit for every stream, those that it does not know 0: nothing to pad."""
    lacks = len(STREAMS) - layer.dynamic.out_features
    weight, bias = layer.dynamic.weight.detach(), layer.dynamic.bias.detach()
    return _linear(functional.pad(weight, (0, 0, 0, lacks)), functional.pad(bias, (0, lacks)))


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
