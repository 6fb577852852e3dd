"""16-bit graphs for GPUs: large products in float16, what is delicate in float32; inputs and outputs stay float32."""

from __future__ import annotations

from typing import Final

import onnx

from hobnail.errors import MissingExtraError

KEPT: Final = (
    "Cos", "Sin", "Log", "Exp", "LogSoftmax", "Softmax", "ReduceSum", "ReduceMean", "Clip", "Div", "Mod", "CumSum",
    "LayerNormalization", "RotaryEmbedding", "Where", "Greater", "GreaterOrEqual", "Cast", "Pad",
)  # fmt: skip
"""Operations that stay float32: norms, angles, attention's shares and their entropies."""


def halved(model: onnx.ModelProto) -> onnx.ModelProto:
    """A graph whose other operations are float16. Raises MissingExtraError."""
    try:
        from onnxruntime.transformers.float16 import convert_float_to_float16
    except ImportError as error:
        raise MissingExtraError("16-bit graphs", extra="cpu") from error
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    out: onnx.ModelProto = convert_float_to_float16(copy, keep_io_types=True, op_block_list=list(KEPT))
    return out
