"""INT8 ``plain``, ``remember`` and ``scene`` as weights by name, for processors on which the native pass plays them.

Read from the graph itself, from what goes in and out along its edges: whatever the engine plays by onnxruntime
elsewhere, it plays natively here. Only networks of the parts that the native pass knows can be read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from hobnail_plugins.aht.bundle import graph_file
from hobnail_plugins.aht.graph_io import GraphName, rows_of
from hobnail_plugins.aht.manifest import NATIVE
from hobnail_plugins.aht.spec import NetworkSpec
from hobnail_plugins.streams import STREAMS
from hobnail_trainer.export.passes import users_of

Arrays = dict[str, NDArray[np.generic]]

PRODUCTS: Final = (
    "pair",
    "values",
    "self_o",
    "cross_q",
    "head_gate",
    "project",
    "gate",
    "mlp_up",
    "mlp_down",
)
"""INT8 products of a layer, as :class:`hobnail_trainer.export.step.Step` makes them one after the other."""


SCENE_PRODUCTS: Final = ("enter", "tell", "ask", "mix", "up", "down", "leave", "both")
SCENE_NORMS: Final = ("ask_norm", "tell_norm", "up_norm", "norm", "memory_norm")
"""Of ``scene``, in its order."""

READ: Final[tuple[GraphName, ...]] = ("plain", "remember", "scene")
"""Graphs whose weights are read."""


def is_known(spec: NetworkSpec) -> bool:
    """Whether the native pass has all of a network's parts."""
    parts = (spec.fusion.id, spec.weighting.id) == ("gca_g1", "daf") and spec.dynamic_gate and spec.still_sinks
    seen = spec.resampler.depth == 1 and spec.resampler.width % (16 * spec.resampler.heads) == 0
    return parts and seen and spec.key_heads == 1 and spec.head_width % 32 == 0 and spec.head_width <= 128


def write_native(folder: Path, spec: NetworkSpec) -> None:
    """A bundle's weights beside its graphs. Raises OSError; ValueError for graphs that are not of these networks."""
    plain, remember, scene = (onnx.load(folder / graph_file(name)) for name in READ)
    np.savez(folder / NATIVE, allow_pickle=False, **native_weights(plain, spec), **row_weights(remember, scene, spec))


def native_weights(model: onnx.ModelProto, spec: NetworkSpec) -> Arrays:
    """Arrays by the names that ``hobnail_native.NeuralNetwork`` asks for. Raises ValueError."""
    graph = _Graph(model)
    products = [node for node in model.graph.node if node.op_type == "MatMulIntegerToFloat"]
    if len(products) != len(PRODUCTS) * spec.layers:
        raise ValueError(f"plain has {len(products)} INT8 products, expected {len(PRODUCTS) * spec.layers}")
    found = _around(graph, spec)
    for layer in range(spec.layers):
        ours = dict(zip(PRODUCTS, products[layer * len(PRODUCTS) :], strict=False))
        parts = _layer(graph, spec, layer, ours)
        found |= {f"{layer}.{name}": array for name, array in parts.items()}
    return {name: np.ascontiguousarray(array) for name, array in found.items()}


def row_weights(remember: onnx.ModelProto, scene: onnx.ModelProto, spec: NetworkSpec) -> Arrays:
    """The same for ``hobnail_native.NeuralRows``. Raises ValueError."""
    found: Arrays = {}
    products = {"remember_": ("enter", "hidden", "both"), "scene_": SCENE_PRODUCTS}
    norms = {"remember_": ("memory_norm",), "scene_": SCENE_NORMS}
    for at, model in (("remember_", remember), ("scene_", scene)):
        graph = _Graph(model)
        known = [node for node in graph.all("MatMul") if node.input[1] in graph.values]
        for name, node in zip(products[at], known, strict=True):
            found |= graph.linear(f"{at}{name}", node)
        scales = [graph.values[node.input[1]] for node in graph.all("LayerNormalization")]
        found |= {f"{at}{name}": scale for name, scale in zip(norms[at], scales, strict=False)}
        found[f"{at}memory_gain"] = graph.constant_of("Mul", (spec.layers, 1, spec.head_width))
    width, window = spec.resampler.width, spec.resampler.window_hops
    found["scene_kind"] = graph.constant_of("Add", (1, width))
    found["scene_ages"] = graph.constant_of("Add", (window, 1, width))
    found["scene_latents"] = graph.constant_of("Expand", (spec.resampler.tokens, width))
    return {name: np.ascontiguousarray(array) for name, array in found.items()}


def _around(graph: _Graph, spec: NetworkSpec) -> Arrays:
    """What is not of a layer."""
    found: Arrays = {}
    found |= graph.linear("enter", graph.user("x", "MatMul"))
    if spec.cue_hops:
        into = graph.user("cue", "MatMul")
        found["cue_in_weight"] = graph.constant(into)
        last = next(node for node in graph.after(into.output[0], 3) if node.op_type == "MatMul")
        found["cue_out_weight"] = graph.constant(last)
    for name, node in zip(("time", "hidden", "modulation"), graph.all("Gemm"), strict=True):
        weight = graph.values[node.input[1]]
        turned = any(each.name == "transB" and each.i for each in node.attribute)
        found[f"{name}_weight"] = weight.T if turned else weight
        if len(node.input) > 2:
            found[f"{name}_bias"] = graph.values[node.input[2]]
    tables = [graph.values[node.input[0]] for node in graph.all("GatherND") if node.input[0] in graph.values]
    found["old"] = next(each for each in tables if each.ndim == 1)
    wide = {len(each): each for each in tables if each.ndim == 2}
    found["places"] = wide[len(found["old"])]
    if spec.told_end:
        found["ends"] = wide[max(wide)]
    found["wave_rates"], found["turn_rates"] = (
        next(array for array in map(graph.constant, graph.waves()) if array.ndim == rank) for rank in (2, 1)
    )
    found["offsets"] = graph.constant_of("Add", (spec.layers, 6 * spec.width))
    last = graph.maker("velocity")
    leave = graph.maker(next(name for name in last.input if name not in graph.values))
    found["norm_gain"] = graph.values[graph.maker(leave.input[0]).input[1]]
    return found | graph.linear("leave", leave)


def _layer(graph: _Graph, spec: NetworkSpec, layer: int, products: Mapping[str, onnx.NodeProto]) -> Arrays:
    found: Arrays = {}
    for name, node in products.items():
        _, weight, step, steps, zero, _, *bias = (graph.values.get(each) for each in node.input)
        assert weight is not None
        found |= {f"{name}_weight": weight, f"{name}_steps": steps, f"{name}_step": step, f"{name}_zero": zero}  # type: ignore[dict-item]  # constants
        found[f"{name}_bias"] = bias[0] if bias else np.zeros(weight.shape[1], np.float32)  # type: ignore[assignment]
    normed = graph.along(products["pair"].output[0], "Reshape", "LayerNormalization", "Reshape")
    found["gains"] = graph.constant(graph.user(normed, "Mul"))
    found["cross_gains"] = np.stack([graph.gain_of(rows_of(stream, "keys", layer)) for stream in STREAMS])
    asked = graph.along(products["cross_q"].output[0], "Reshape", "LayerNormalization", "Reshape")
    found["sinks"] = graph.constant(graph.user(asked, "MatMul"))
    query = graph.maker(products["cross_q"].input[0]).input[0]
    dynamic = graph.user(query, "MatMul")
    found |= graph.linear("dynamic", dynamic)
    told = graph.along(dynamic.output[0], "Add")
    summed = graph.user(told, "Add")
    doubt = graph.maker(next(name for name in summed.input if name != told))
    found["bias"] = graph.values[doubt.input[0]]
    found["single"] = graph.values[graph.maker(doubt.input[1]).input[2]]
    found["temperature"] = graph.constant(graph.user(summed.output[0], "Div"))
    return found


class _Graph:
    """A graph by its edges. What is not there raises ValueError."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self.values = {value.name: numpy_helper.to_array(value) for value in model.graph.initializer}
        self._nodes = list(model.graph.node)
        self._users = users_of(model)
        self._makers: dict[str, onnx.NodeProto] = {name: node for node in self._nodes for name in node.output}

    def all(self, kind: str) -> Iterator[onnx.NodeProto]:
        return (node for node in self._nodes if node.op_type == kind)

    def user(self, name: str, kind: str) -> onnx.NodeProto:
        """The first that reads ``name`` and is of this kind; of products the one with a constant."""
        for node in self._users[name]:
            if node.op_type == kind and (kind != "MatMul" or node.input[1] in self.values):
                return node
        raise ValueError(f"nothing of the kind {kind} reads {name}")

    def maker(self, name: str) -> onnx.NodeProto:
        if name not in self._makers:
            raise ValueError(f"nothing makes {name}")
        return self._makers[name]

    def constant(self, node: onnx.NodeProto) -> NDArray[np.generic]:
        """The last of its inputs that is one."""
        for name in reversed(node.input):
            if name in self.values:
                return self.values[name]
        raise ValueError(f"{node.op_type} {node.output[0]} has no constant")

    def along(self, name: str, *kinds: str) -> str:
        for kind in kinds:
            name = self.user(name, kind).output[0]
        return name

    def after(self, name: str, steps: int) -> Iterator[onnx.NodeProto]:
        """Whatever is made of ``name`` in so many steps, or fewer."""
        for node in self._users[name] if steps else ():
            yield node
            yield from self.after(node.output[0], steps - 1)

    def linear(self, name: str, product: onnx.NodeProto) -> Arrays:
        """A product with a constant, and the constant that is added."""
        bias = self.constant(self.user(product.output[0], "Add"))
        return {f"{name}_weight": self.constant(product), f"{name}_bias": bias}

    def waves(self) -> Iterator[onnx.NodeProto]:
        """What makes the angles of cosines."""
        return (self.maker(node.input[0]) for node in self.all("Cos"))

    def constant_of(self, kind: str, shape: tuple[int, ...]) -> NDArray[np.generic]:
        for node in self.all(kind):
            for name in node.input:
                if name in self.values and self.values[name].shape == shape:
                    return self.values[name]
        raise ValueError(f"no {kind} has a constant of {list(shape)}")

    def gain_of(self, keys: str) -> NDArray[np.generic]:
        """Of the queries of a stream, back from the keys that they are held against."""
        node = next(each for each in self._users[keys] if each.op_type in ("Transpose", "MatMul"))
        if node.op_type == "Transpose":
            node = self._users[node.output[0]][0]
        while node.op_type != "Mul":
            node = self.maker(node.input[0])
        return self.constant(node)
