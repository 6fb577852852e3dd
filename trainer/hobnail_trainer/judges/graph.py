"""Surgery on an ONNX graph: a network with quantisation steps around floating-point weights becomes the exact network.

A "w8a8" file simulates 8 bits: QuantizeLinear and DequantizeLinear stand before and after every layer, but the weights
beneath are still float32. Without those nodes the network computes what it was trained to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from hobnail.errors import MissingExtraError
from hobnail_trainer.errors import JudgeError

if TYPE_CHECKING:
    from onnx import ModelProto, TensorProto

_SIMULATED = ("QuantizeLinear", "DequantizeLinear")


Shapes = Mapping[str, Sequence[int | str]]
"""Name -> shape, with names for sizes that may vary."""


def exact_network(
    graph: bytes, data: bytes, *, shapes: Shapes, constants: Mapping[str, Sequence[int]], source: str
) -> bytes:
    """A model without its quantisation steps, in one piece.

    ``graph``, ``data``: the .onnx and its external data. ``shapes``: of the float32 input and of every output to give,
    which may be any value inside the network. ``constants``: integers to put in the place of the model's own, such as
    the target of a Reshape that knows one batch size only. ``source`` is named in messages. Raises JudgeError,
    MissingExtraError.
    """
    try:
        import onnx
    except ImportError as error:
        raise MissingExtraError("Reading a judge's network", extra="train") from error
    try:
        model = onnx.load_model_from_string(graph)
    except Exception as error:  # protobuf's own exceptions; onnx promises no type
        raise JudgeError(f"{source}: not an ONNX model: {error}.", cure="Fetch it again.") from error
    for tensor in model.graph.initializer:
        _embed(tensor, data, source)
    strip(model)
    _replace(model, constants)
    names = [value.name for value in (*model.graph.input, *model.graph.output)]
    inputs = [value.name for value in model.graph.input]
    known = {name for node in model.graph.node for name in node.output} | set(names)
    if unknown := [name for name in shapes if name not in known]:
        raise JudgeError(f"{source}: there is no value {unknown[0]!r} in it.", cure="Fetch the version that is named.")
    del model.graph.input[:], model.graph.output[:], model.graph.value_info[:]
    for name, shape in shapes.items():
        place = model.graph.input if name in inputs else model.graph.output
        place.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, list(shape)))
    try:
        onnx.checker.check_model(model)
    except onnx.checker.ValidationError as error:
        raise JudgeError(f"{source}: does not hold together: {error}.", cure="Fetch it again.") from error
    return bytes(model.SerializeToString())


def strip(model: ModelProto) -> None:
    """Take every quantisation step out, and the initialisers that only they read."""
    outputs = {value.name for value in model.graph.output}
    stands_for: dict[str, str] = {}
    kept = []
    for node in model.graph.node:  # in order, as ONNX demands: what a step reads is known before it
        for place, name in enumerate(node.input):
            node.input[place] = stands_for.get(name, name)
        if node.op_type in _SIMULATED:
            stands_for[node.output[0]] = node.input[0]
        else:
            kept.append(node)
    given = {stands_for[name]: name for name in outputs & stands_for.keys()}  # the graph's outputs keep their names
    for node in kept:
        node.output[:] = [given.get(name, name) for name in node.output]
        node.input[:] = [given.get(name, name) for name in node.input]
    read = {name for node in kept for name in node.input}
    weights = [tensor for tensor in model.graph.initializer if tensor.name in read]
    del model.graph.node[:], model.graph.initializer[:]
    model.graph.node.extend(kept)
    model.graph.initializer.extend(weights)


def _replace(model: ModelProto, constants: Mapping[str, Sequence[int]]) -> None:
    from onnx import numpy_helper

    for tensor in model.graph.initializer:
        if tensor.name in constants:
            values = np.asarray(constants[tensor.name], dtype=np.int64)
            tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))


def _embed(tensor: TensorProto, data: bytes, source: str) -> None:
    """Bring a tensor's external data into the model."""
    if not tensor.external_data:
        return
    place = {entry.key: entry.value for entry in tensor.external_data}
    start, length = int(place.get("offset", 0)), int(place["length"])
    if start + length > len(data):
        raise JudgeError(
            f"{source}: {tensor.name!r} ends at byte {start + length} of its data, which has {len(data)}.",
            cure="Fetch it again.",
        )
    tensor.raw_data = data[start : start + length]
    tensor.data_location = tensor.DEFAULT
    del tensor.external_data[:]
