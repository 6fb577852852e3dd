"""16-bit graphs for GPUs: large products in float16, what is delicate in float32; inputs and outputs stay float32."""

from __future__ import annotations

from typing import Final

import onnx

from hobnail.errors import MissingExtraError
from hobnail_trainer.export.passes import with_nodes

KEPT: Final = (
    "Cos", "Sin", "Log", "Exp", "LogSoftmax", "Softmax", "ReduceSum", "ReduceMean", "Clip", "Div", "Mod", "CumSum",
    "LayerNormalization", "RotaryEmbedding", "Where", "Greater", "GreaterOrEqual", "Cast", "Pad",
)  # fmt: skip
"""Operations that stay float32: norms, angles, attention's shares and their entropies."""


ANGLES: Final = ("Cos", "Sin")
"""What they are of stays float32 from the inputs on: a flow time times a fast wave's rate is thousands of radians, of
which 16 bits leave a handful."""


def halved(model: onnx.ModelProto) -> onnx.ModelProto:
    """A graph whose other operations are float16. Raises MissingExtraError."""
    try:
        from onnxruntime.transformers.float16 import convert_float_to_float16
    except ImportError as error:
        raise MissingExtraError("16-bit graphs", extra="cpu") from error
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    for number, node in enumerate(copy.graph.node):
        node.name = node.name or f"node_{number}"  # it is told by name what to keep
    out: onnx.ModelProto = convert_float_to_float16(
        copy, keep_io_types=True, op_block_list=list(KEPT), node_block_list=_behind(copy, ANGLES)
    )
    return _without_round_trips(out)


def _behind(model: onnx.ModelProto, kinds: tuple[str, ...]) -> list[str]:
    """Names of all nodes that these kinds of node depend on, themselves included."""
    makers = {made: node for node in model.graph.node for made in node.output}
    found: set[str] = set()
    open_ends = [node for node in model.graph.node if node.op_type in kinds]
    while open_ends:
        node = open_ends.pop()
        if node.name not in found:
            found.add(node.name)
            open_ends += [makers[name] for name in node.input if name in makers]
    return sorted(found)


def _without_round_trips(model: onnx.ModelProto) -> onnx.ModelProto:
    """What goes to float16 and straight back is read as it was: inputs are cast so, and lose what they must not."""
    makers = {made: node for node in model.graph.node for made in node.output}
    was: dict[str, str] = {}
    for node in model.graph.node:
        before = makers.get(node.input[0]) if _casts_to(node, onnx.TensorProto.FLOAT) else None
        if before is not None and _casts_to(before, onnx.TensorProto.FLOAT16):
            was[node.output[0]] = before.input[0]
    for node in model.graph.node:
        node.input[:] = [was.get(name, name) for name in node.input]
    read = {name for node in model.graph.node for name in node.input} | {value.name for value in model.graph.output}
    kept = [node for node in model.graph.node if node.op_type != "Cast" or read & set(node.output)]
    return with_nodes(model, kept)


def _casts_to(node: onnx.NodeProto, kind: int) -> bool:
    return node.op_type == "Cast" and any(each.name == "to" and each.i == kind for each in node.attribute)
