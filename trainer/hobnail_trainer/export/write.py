"""Modules to ONNX graphs: exported by torch, named as the engine names them, a few operations joined."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import torch
from torch import nn

from hobnail_plugins.aht.graph_io import CUE, LASTS, GraphName, row_inputs, seen_of, step_inputs
from hobnail_plugins.aht.nn.network import Network
from hobnail_plugins.aht.spec import CUE_WIDTH, NetworkSpec, adapted_places
from hobnail_plugins.streams import STREAMS
from hobnail_trainer.export.memories import RememberGraph, SceneGraph, SeeGraph, TellGraph
from hobnail_trainer.export.passes import folded_transposes, merged, named
from hobnail_trainer.export.step import OUTPUTS, Step

if TYPE_CHECKING:
    import onnx
    from torch import Tensor

OPSET: Final = 23
"""The first with RotaryEmbedding and Attention; onnxruntime 1.23 runs it."""

RANKS: Final = 8  # of the adapters in the example; any number fits the graph


@dataclass(frozen=True, slots=True)
class _Plan:
    """A module, an example of what it is given, and which axes of it may vary, by name."""

    module: nn.Module
    given: dict[str, Tensor]
    varies: dict[str, dict[int, str]]
    outputs: tuple[str, ...]


def graphs_of(network: Network, names: Sequence[GraphName]) -> dict[GraphName, onnx.ModelProto]:
    """float32 graphs of a network that is in eval mode and on the CPU."""
    return {name: _exported(_plan(network, name)) for name in names}


def _exported(plan: _Plan) -> onnx.ModelProto:
    dims = {name: torch.export.Dim(name, min=2) for axes in plan.varies.values() for name in axes.values()}
    shapes = {name: {axis: dims[dim] for axis, dim in plan.varies.get(name, {}).items()} or None for name in plan.given}
    quiet = logging.getLogger("torch.onnx")
    level = quiet.level
    quiet.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")  # torch's own, about its own insides
            program = torch.onnx.export(
                plan.module.eval(),
                (),
                kwargs={"given": plan.given},
                dynamic_shapes={"given": shapes},
                dynamo=True,
                opset_version=OPSET,
                verbose=False,
            )
    finally:
        quiet.setLevel(level)
    assert program is not None
    model = named(program.model_proto, plan.given, plan.varies, plan.outputs)
    return merged(folded_transposes(model))


def _plan(network: Network, name: GraphName) -> _Plan:
    spec = network.spec
    batch, hops = 3, 5
    rows = ("keys", "values")
    first = torch.arange(batch)
    if name == "tell":
        text = torch.randn(batch, spec.text_tokens, spec.text_width)
        given = {"text": text, "seen": torch.ones(batch, spec.text_tokens, dtype=torch.bool)}
        varies = {each: {0: "batch", 1: "tokens"} for each in given}
        return _Plan(TellGraph(network), given, varies, (*rows, "prompt"))
    if name in ("see", "scene"):
        span = spec.resampler.window_hops - 1 + hops
        there = torch.ones(batch, span, dtype=torch.bool)
        given = {
            "scene": torch.randn(batch, span, spec.scene_width),
            "scene_seen": there,
            "pixels": torch.randn(batch, span, spec.cells, spec.cell_width),
            "pixels_seen": there.clone(),
            "first": first,
        }
        if name == "scene":
            given = {each: given[each] for each in ("scene", "scene_seen", "first")}
        varies = {each: {0: "batch", 1: "span"} for each in given} | {"first": {0: "batch"}}
        return _Plan(SceneGraph(network) if name == "scene" else SeeGraph(network), given, varies, rows)
    if name == "remember":
        latents = torch.randn(batch, spec.history_taps - 1 + hops, spec.latents)
        varies = {"latents": {0: "batch", 1: "span"}, "first": {0: "batch"}}
        return _Plan(RememberGraph(network), {"latents": latents, "first": first}, varies, rows)
    plain = name == "plain"
    given = example_of(spec, batch, hops)
    given = {each: given[each] for each in step_inputs(spec, plain=plain)}
    return _Plan(Step(network, plain=plain), given, _step_axes(spec, given), OUTPUTS)


def example_of(spec: NetworkSpec, batch: int, hops: int, *, rows: int = 9, ranks: int = RANKS) -> dict[str, Tensor]:
    """Random inputs of a step, every one that there can be."""
    wide = (batch, spec.key_heads, rows, spec.head_width)
    given: dict[str, Tensor] = {
        "x": torch.randn(batch, hops, spec.latents),
        "t": torch.rand(batch),
        "r": torch.zeros(batch),
        "first": torch.randint(0, 4000, (batch,)),
        "age": torch.randint(0, 900, (batch,)),
        "prompt": torch.randn(batch, spec.width),
        CUE: torch.randn(batch, hops, spec.cue_hops * CUE_WIDTH),
        LASTS: torch.randint(1, 99, (batch,)),
        "daf_prior": torch.randn(batch, len(STREAMS)),
        "daf_hold": torch.rand(batch, 1),
        "daf_override": torch.softmax(torch.randn(batch, len(STREAMS)), dim=-1),
        "daf_overriding": torch.rand(batch, 1),
        "strength": torch.rand(batch, 1, ranks),
    }
    given |= {seen_of(stream): torch.ones(batch, rows, dtype=torch.bool) for stream in STREAMS}
    given |= {name: torch.randn(wide) for name in row_inputs(spec.layers)}
    for place, size in adapted_places(spec).items():
        for layer in range(spec.layers):
            given[f"down_{place}_{layer}"] = torch.randn(size.inputs, ranks) / size.inputs**0.5
            given[f"up_{place}_{layer}"] = torch.randn(ranks, size.outputs) / ranks**0.5
    return given


def _step_axes(spec: NetworkSpec, given: Mapping[str, Tensor]) -> dict[str, dict[int, str]]:
    varies: dict[str, dict[int, str]] = {}
    for name in given:
        stream = name.split("_")[0]
        if stream in STREAMS:
            varies[name] = {0: "batch", 1 if name == seen_of(stream) else 2: f"{stream}_rows"}
        elif name.startswith(("down_", "up_")):
            varies[name] = {1 if name.startswith("down_") else 0: "ranks"}
        elif name == "strength":
            varies[name] = {0: "batch", 2: "ranks"}
        else:
            varies[name] = {0: "batch", 1: "hops"} if name in ("x", CUE) else {0: "batch"}
    return varies
