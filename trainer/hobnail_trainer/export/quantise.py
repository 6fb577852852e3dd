"""Static INT8 of the large linear layers: weights symmetric per output channel, inputs 8 bits by calibrated ranges.

::

    x ─ QuantizeLinear (uint8) ─ MatMulIntegerToFloat (int8 weights, bias) ─ y      y, and all else, is float32

A scale is a constant of the graph, never taken from the batch, so a voice's numbers cannot depend on another's. Norms,
gates' sigmoids, entropies, adaLN, first and last layer and adapters stay float32. unsigned inputs and signed weights
are what VNNI multiplies; ``qdq`` writes the same in plain ONNX (DequantizeLinear around MatMul).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np
import onnx
from onnx import helper, numpy_helper

from hobnail.contracts import Float32
from hobnail_trainer.export.calibrate import Range
from hobnail_trainer.export.passes import id_of, users_of, with_nodes

_NONE: Final = onnx.TensorProto()
LEAST_SHARE: Final = 0.9
"""Smallest weight that counts as large, in squares of the width: all of a layer's but ``dynamic`` and gains."""


def large_layers(model: onnx.ModelProto, width: int) -> list[onnx.NodeProto]:
    """Products with a constant matrix of at least about width squared that is not a modulation's (its input is a row a
    voice, not a row a hop)."""
    constants = {value.name: value for value in model.graph.initializer}
    found = []
    for node in model.graph.node:
        if node.op_type != "MatMul" or len(shape := constants.get(node.input[1], _NONE).dims) != 2:
            continue
        rows, columns = shape
        if rows * columns >= LEAST_SHARE * width * width and rows >= width and columns >= width:
            found.append(node)
    return found


def quantised(
    model: onnx.ModelProto, layers: Iterable[onnx.NodeProto], ranges: Mapping[str, Range], *, qdq: bool = False
) -> onnx.ModelProto:
    """A graph with ``layers`` of ``model`` in INT8."""
    out = onnx.ModelProto()
    out.CopyFrom(model)
    constants = {value.name: numpy_helper.to_array(value) for value in model.graph.initializer}
    chosen, users = {id_of(node) for node in layers}, users_of(out)
    nodes: list[onnx.NodeProto] = []
    added: dict[str, np.ndarray] = {}
    gone: set[str] = set()
    ready: set[str] = set()
    for node in out.graph.node:
        if id_of(node) in gone:
            continue
        if id_of(node) not in chosen:
            nodes.append(node)
            continue
        source, weight = node.input
        if source not in ready:
            ready.add(source)
            added |= _scale(source, ranges[source])
            nodes.append(_node("QuantizeLinear", [source, f"{source}_scale", f"{source}_zero"], f"{source}_u8"))
            if qdq:
                pieces = [f"{source}_u8", f"{source}_scale", f"{source}_zero"]
                nodes.append(_node("DequantizeLinear", pieces, f"{source}_back"))
        added |= _weight(weight, constants[weight])
        if qdq:
            pieces = [f"{weight}_i8", f"{weight}_scale", f"{weight}_zero"]
            nodes.append(_node("DequantizeLinear", pieces, f"{weight}_back", axis=1))
            nodes.append(_node("MatMul", [f"{source}_back", f"{weight}_back"], node.output[0]))
            continue
        plus = _bias_after(node, users, constants)
        halves = [f"{source}_u8", f"{weight}_i8", f"{source}_scale", f"{weight}_scale"]
        inputs = [*halves, f"{source}_zero", f"{weight}_zero", *([plus[1]] if plus else [])]
        made = plus[0].output[0] if plus else node.output[0]
        if plus:
            gone.add(id_of(plus[0]))
        nodes.append(_node("MatMulIntegerToFloat", inputs, made, domain="com.microsoft"))
    out.graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in added.items())
    if not qdq:
        out.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    return with_nodes(out, nodes)


def _node(
    kind: str, inputs: list[str], output: str, *, axis: int | None = None, domain: str | None = None
) -> onnx.NodeProto:
    return helper.make_node(kind, inputs, [output], name=f"{output}_{kind}", domain=domain, axis=axis)


def _scale(name: str, span: Range) -> dict[str, np.ndarray]:
    """uint8 over the range; 0 is one of its values, so nothing stays nothing."""
    step = max((span.high - span.low) / 255.0, 1e-8)
    zero = int(np.clip(round(-span.low / step), 0, 255))
    return {f"{name}_scale": np.array(step, np.float32), f"{name}_zero": np.array(zero, np.uint8)}


def _weight(name: str, weight: Float32) -> dict[str, np.ndarray]:
    """int8 by output channel, symmetric."""
    step = np.maximum(np.abs(weight).max(axis=0), 1e-8) / 127.0
    whole = np.clip(np.rint(weight / step), -127, 127).astype(np.int8)
    zeros = np.zeros(weight.shape[1], np.int8)
    return {f"{name}_i8": whole, f"{name}_scale": step.astype(np.float32), f"{name}_zero": zeros}


def _bias_after(
    node: onnx.NodeProto, users: Mapping[str, list[onnx.NodeProto]], constants: Mapping[str, np.ndarray]
) -> tuple[onnx.NodeProto, str] | None:
    """The Add of a constant vector that is all that reads the product."""
    made = node.output[0]
    if len(readers := users[made]) != 1 or readers[0].op_type != "Add":
        return None
    other = next(name for name in readers[0].input if name != made)
    return (readers[0], other) if other in constants and constants[other].ndim == 1 else None
