"""Tiny networks in the file formats of MiniLM, CLAP's text half and DINOv2-small, with random weights."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def saved(path, nodes, inputs, outputs, weights):
    """Write a network. ``inputs``, ``outputs``: name -> (kind, shape)."""
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(name, kind, shape) for name, (kind, shape) in inputs.items()],
        [helper.make_tensor_value_info(name, kind, shape) for name, (kind, shape) in outputs.items()],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)
    return path


IDS = (TensorProto.INT64, ["batch", "pieces"])


def minilm(path, *, pieces=40, width=384, output="last_hidden_state", extra=None, poison=False):
    """States are an embedding, each times its mask. Returns the embedding."""
    rng = np.random.default_rng(1)
    table = rng.normal(size=(pieces, width)).astype(np.float32)
    if poison:
        table[:] = np.nan
    inputs = {"input_ids": IDS, "attention_mask": IDS, "token_type_ids": IDS, **(extra or {})}
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["words"]),
        helper.make_node("Gather", ["kinds", "token_type_ids"], ["kind"]),
        helper.make_node("Add", ["words", "kind"], ["both"]),
        helper.make_node("Unsqueeze", ["attention_mask", "last"], ["wide"]),
        helper.make_node("Cast", ["wide"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["both", "mask"], [output]),
    ]
    weights = {"table": table, "kinds": np.zeros((2, width), np.float32), "last": np.array([-1])}
    outputs = {output: (TensorProto.FLOAT, ["batch", "pieces", width])}
    saved(path, nodes, inputs, outputs, weights)
    return table


def clap_text(path, *, pieces=400, width=512):
    """The mean of an embedding. Returns the embedding."""
    table = np.random.default_rng(2).normal(size=(pieces, width)).astype(np.float32)
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["words"]),
        helper.make_node("ReduceMean", ["words"], ["text_embeds"], axes=[1], keepdims=0),
        helper.make_node("Cast", ["attention_mask"], ["unused"], to=TensorProto.FLOAT),
    ]
    outputs = {"text_embeds": (TensorProto.FLOAT, ["batch", width])}
    saved(path, nodes, {"input_ids": IDS, "attention_mask": IDS}, outputs, {"table": table})
    return table


def dinov2(path, *, width=384, kind=TensorProto.FLOAT, registers=0):
    """Patches by one convolution, after a learned first token. Returns kernel and first token."""
    rng = np.random.default_rng(3)
    exact = np.float16 if kind == TensorProto.FLOAT16 else np.float32
    kernel = (rng.normal(size=(width, 3, 14, 14)) / 588).astype(exact)
    first = rng.normal(size=(1, 1 + registers, width)).astype(exact)
    nodes = [
        helper.make_node("Conv", ["pixel_values", "kernel"], ["map"], strides=[14, 14]),
        helper.make_node("Reshape", ["map", "flat"], ["rows"]),
        helper.make_node("Transpose", ["rows"], ["patches"], perm=[0, 2, 1]),
        helper.make_node("Concat", ["first", "patches"], ["last_hidden_state"], axis=1),
    ]
    weights = {"kernel": kernel, "first": first, "flat": np.array([0, width, -1])}
    inputs = {"pixel_values": (kind, [1, 3, "height", "width"])}
    saved(path, nodes, inputs, {"last_hidden_state": (kind, [1, "tokens", width])}, weights)
    return kernel.astype(np.float32), first.astype(np.float32)
