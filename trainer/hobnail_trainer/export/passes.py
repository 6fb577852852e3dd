"""Small changes to a graph: its names, and operations that are joined."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import onnx
from onnx import numpy_helper

if TYPE_CHECKING:
    from torch import Tensor


def named(
    model: onnx.ModelProto, given: Mapping[str, Tensor], varies: Mapping[str, Mapping[int, str]], outputs: Iterable[str]
) -> onnx.ModelProto:
    """Inputs as they are called in ``given``, outputs as in ``outputs``, axes as in ``varies``; no traces of source."""
    new = {f"given_{name}": name for name in given}
    new |= {value.name: name for value, name in zip(model.graph.output, outputs, strict=True)}
    for node in model.graph.node:
        node.input[:] = [new.get(name, name) for name in node.input]
        node.output[:] = [new.get(name, name) for name in node.output]
        node.ClearField("metadata_props")
        node.ClearField("doc_string")
    for value in (*model.graph.input, *model.graph.output):
        value.name = new.get(value.name, value.name)
    for value in model.graph.input:
        shape = value.type.tensor_type.shape
        for axis, dim in varies.get(value.name, {}).items():
            shape.dim[axis].dim_param = dim
        if value.name == "strength":
            shape.dim[1].dim_param = "strength_hops"  # 1, or each hop's own
    del model.graph.value_info[:]
    model.graph.ClearField("metadata_props")
    model.ClearField("metadata_props")
    return model


def folded_transposes(model: onnx.ModelProto) -> onnx.ModelProto:
    """A constant matrix that is turned over in every pass: turned over once."""
    constants = {value.name: value for value in model.graph.initializer}
    kept: list[onnx.NodeProto] = []
    for node in model.graph.node:
        if node.op_type != "Transpose" or node.input[0] not in constants:
            kept.append(node)
            continue
        order = next((list(each.ints) for each in node.attribute if each.name == "perm"), None)
        turned = np.ascontiguousarray(numpy_helper.to_array(constants[node.input[0]]).transpose(order))
        model.graph.initializer.append(numpy_helper.from_array(turned, node.output[0]))
    return with_nodes(model, kept)


def merged(model: onnx.ModelProto) -> onnx.ModelProto:
    """Constants and operations that are there more than once: once. (Three streams ask for the same gate.)"""
    new: dict[str, str] = {}
    held: dict[tuple[object, ...], str] = {}
    for value in model.graph.initializer:
        array = numpy_helper.to_array(value)
        new[value.name] = held.setdefault((array.dtype.str, array.shape, array.tobytes()), value.name)
    kept: list[onnx.NodeProto] = []
    done: dict[tuple[object, ...], onnx.NodeProto] = {}
    named_outputs = {value.name for value in model.graph.output}
    for node in model.graph.node:
        node.input[:] = [new.get(name, name) for name in node.input]
        what = (node.op_type, tuple(node.input), tuple(each.SerializeToString() for each in node.attribute))
        first = done.setdefault(what, node)
        if first is node or named_outputs & set(node.output):
            kept.append(node)
        else:
            new |= dict(zip(node.output, first.output, strict=True))
    return with_nodes(model, kept)


def users_of(model: onnx.ModelProto) -> dict[str, list[onnx.NodeProto]]:
    """Who reads a value."""
    users: dict[str, list[onnx.NodeProto]] = defaultdict(list)
    for node in model.graph.node:
        for name in dict.fromkeys(node.input):
            users[name].append(node)
    return users


def id_of(node: onnx.NodeProto) -> str:
    """A node by what it makes first."""
    return str(node.output[0])


def with_nodes(model: onnx.ModelProto, nodes: Iterable[onnx.NodeProto]) -> onnx.ModelProto:
    """The graph of these nodes, without constants that nobody reads any more."""
    kept = [_copy(node) for node in nodes]
    read = {name for node in kept for name in node.input}
    constants = [value for value in model.graph.initializer if value.name in read]
    del model.graph.node[:]
    model.graph.node.extend(kept)
    constants = [_copied(value) for value in constants]
    del model.graph.initializer[:]
    model.graph.initializer.extend(constants)
    return model


def _copy(node: onnx.NodeProto) -> onnx.NodeProto:
    out = onnx.NodeProto()
    out.CopyFrom(node)
    return out


def _copied(value: onnx.TensorProto) -> onnx.TensorProto:
    out = onnx.TensorProto()
    out.CopyFrom(value)
    return out
