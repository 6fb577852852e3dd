"""What goes on inside the network: sinks of every attention, gates, activations, and what evicting memory costs.

A probe runs a call of the network as it is and looks on; attention inside the block is worked out again beside it. The
call's result does not change. See :mod:`hobnail_plugins.nn.sinks` for what is measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, cast

import torch
from torch import nn

from hobnail_plugins.aht.nn.layer import Around, Layer, LayerReport
from hobnail_plugins.aht.nn.network import Network, Streams, Velocity
from hobnail_plugins.nn.attention import Rows, Sink, shares_of_all
from hobnail_plugins.nn.contracts import STREAMS
from hobnail_plugins.nn.sinks import LEAST, QUERIES_FROM, SinkFigures, share_outside, sink_figures

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Rest:
    """The slot of a stream in which attention may rest."""

    share: float  #: of all attention to the stream
    uniform: float  #: the same, if all alike were attended to
    value_norm: float  #: of the slot's value over the median token's


@dataclass(frozen=True, slots=True)
class GateFigures:
    """A gate's values, over samples, hops and channels."""

    mean: float
    closed: float  #: share below 0.05
    open: float  #: share above 0.95


@dataclass(frozen=True, slots=True)
class LayerFigures:
    """What was found in one layer. Streams that nobody could see are missing."""

    itself: SinkFigures  #: the block's attention to itself
    streams: dict[str, SinkFigures]  #: by name
    rest: dict[str, Rest]  #: by name
    gates: dict[str, GateFigures]  #: by the name of the submodule; "reported" is the mean gate of each hop
    activation: float  #: largest magnitude of what the layer holds at its end
    activation_ratio: float  #: the same over the median magnitude


@dataclass(frozen=True, slots=True)
class _Seen:
    """What passed through a layer."""

    arguments: tuple[Tensor, Tensor, Sequence[Rows], Sequence[Sink], Around]
    hidden: Tensor
    report: LayerReport
    gates: dict[str, Tensor]


@torch.no_grad()
def look_into(
    network: Network, call: Callable[[], Velocity], *, queries_from: int = QUERIES_FROM
) -> tuple[LayerFigures, ...]:
    """Figures of every layer for one ``call`` of ``network``, without dropout or gradients."""
    training = network.training
    network.eval()
    try:
        with _watched(network) as seen:
            call()
    finally:
        network.train(training)
    layers = cast("list[Layer]", list(network.layers))
    return tuple(_figures(layer, each, queries_from) for layer, each in zip(layers, seen, strict=True))


@contextmanager
def _watched(network: Network) -> Iterator[list[_Seen]]:
    """Collects what passes through the layers; the last call counts."""
    seen: list[_Seen] = []
    gates: dict[str, Tensor] = {}

    def after_gate(name: str) -> Callable[..., None]:
        def hook(module: nn.Module, inputs: object, logits: Tensor) -> None:
            gates[name] = torch.sigmoid(logits.float())

        return hook

    def before_layer(module: nn.Module, arguments: object) -> None:
        gates.clear()

    def after_layer(module: nn.Module, arguments: Any, result: Any) -> None:  # noqa: ANN401 - torch's own signature
        if module is network.layers[0]:
            seen.clear()
        hidden, report = result
        seen.append(_Seen(arguments, hidden, report, dict(gates)))

    with ExitStack() as stack:
        for layer in cast("list[Layer]", list(network.layers)):
            for name in getattr(layer.fusion, "gate_logits", ()):
                gate = cast("nn.Module", getattr(layer.fusion, name))
                stack.callback(gate.register_forward_hook(after_gate(name)).remove)
            stack.callback(layer.register_forward_pre_hook(before_layer).remove)
            stack.callback(layer.register_forward_hook(after_layer).remove)
        yield seen


def _figures(layer: Layer, seen: _Seen, queries_from: int) -> LayerFigures:
    x, modulation, rows, sinks, around = seen.arguments
    queries, keys, values = layer.within(x, modulation, around)
    itself = sink_figures(shares_of_all(queries, keys), values, queries_from=queries_from)
    if itself is None:
        raise ValueError("the block has no hops")
    streams: dict[str, SinkFigures] = {}
    rest: dict[str, Rest] = {}
    for name, row, sink, looked in zip(STREAMS, rows, sinks, seen.report.looked, strict=True):
        mask = row.seen if row.seen.dim() == 3 else row.seen.unsqueeze(1)
        mask = mask.expand(len(x), x.shape[1], -1)
        found = sink_figures(looked.shares[..., :-1], row.values, mask, queries_from=queries_from)
        if found is not None:
            streams[name], rest[name] = found, _rest(row, sink, looked.sink, mask)
    magnitudes = seen.hidden.float().abs()
    gates = {"reported": seen.report.gate, **seen.gates}
    return LayerFigures(
        itself=itself,
        streams=streams,
        rest=rest,
        gates={name: _gate_figures(gate) for name, gate in gates.items()},
        activation=float(magnitudes.max()),
        activation_ratio=float(magnitudes.max() / magnitudes.median().clamp(min=LEAST)),
    )


def _rest(row: Rows, sink: Sink, share: Tensor, mask: Tensor) -> Rest:
    """Over hops that see something of the stream."""
    count = mask.sum(dim=-1)
    there = count > 0
    norms = row.values.float().norm(dim=-1).mean(dim=-1)[mask.any(dim=1)]
    slot = sink.value.float().norm(dim=-1).mean()
    return Rest(
        share=float(share[there].mean()),
        uniform=float((1.0 / (count[there] + 1.0)).mean()),
        value_norm=float(slot / norms.median().clamp(min=LEAST)),
    )


def _gate_figures(gate: Tensor) -> GateFigures:
    closed, wide = share_outside([gate])
    return GateFigures(float(gate.mean()), closed, wide)


def without(streams: Streams, hops: int, end: Literal["oldest", "newest"] = "oldest") -> Streams:
    """``streams`` as if the ``hops`` oldest (or newest) remembered hops of every sample had been evicted."""
    seen = streams.history_seen
    order = seen.cumsum(dim=-1)
    last = order[:, -1:]
    kept = order > hops if end == "oldest" else order <= last - hops
    return replace(streams, history_seen=seen & kept)


@torch.no_grad()
def eviction_costs(
    loss: Callable[[Streams], Tensor],
    streams: Streams,
    *,
    counts: Sequence[int] = (0, 1, 4, 16),
    end: Literal["oldest", "newest"] = "oldest",
) -> dict[int, float]:
    """By how much the loss grows when so many remembered hops are evicted: hops -> loss less the loss of all.

    ``loss`` must be deterministic: the same noise and times each time. A network with a sink in its history loses far
    more with the oldest hop than with another; evicting the ``newest`` is the control.
    """
    whole = float(loss(streams))
    return {hops: float(loss(without(streams, hops, end))) - whole if hops else 0.0 for hops in counts}
