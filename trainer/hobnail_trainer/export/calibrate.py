"""What goes through a graph's linear layers on real blocks: the ranges that INT8 is cut to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import onnx

from hobnail.contracts import Float32
from hobnail_trainer.export.examples import Given
from hobnail_trainer.export.runtime import session_of

SHARE: Final = 0.9999
"""Of the values of a batch that are to lie within; what is beyond is clipped."""


@dataclass(frozen=True, slots=True)
class Range:
    """Of one value of the graph."""

    low: float
    high: float


def ranges_of(
    model: onnx.ModelProto, names: Iterable[str], blocks: Iterable[Given], share: float = SHARE
) -> dict[str, Range]:
    """The widest range, over ``blocks``, that holds ``share`` of each value's numbers; it always holds 0."""
    wanted = sorted(set(names))
    probed = onnx.ModelProto()
    probed.CopyFrom(model)
    have = {value.name for value in probed.graph.output}
    probed.graph.output.extend(
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in wanted if name not in have
    )
    session = session_of(probed.SerializeToString())
    inputs = [value.name for value in session.get_inputs()]
    low, high = dict.fromkeys(wanted, 0.0), dict.fromkeys(wanted, 0.0)
    for block in blocks:
        for name, value in zip(wanted, session.run(wanted, {each: block[each] for each in inputs}), strict=True):
            least, most = _bounds(value, share)
            low[name], high[name] = min(low[name], least), max(high[name], most)
    return {name: Range(low[name], high[name]) for name in wanted}


def _bounds(value: Float32, share: float) -> tuple[float, float]:
    flat = value.ravel()
    if share >= 1.0:
        return float(flat.min()), float(flat.max())
    out = max(1, int((1.0 - share) * flat.size / 2.0))
    parted = np.partition(flat, (out - 1, flat.size - out))
    return float(parted[out - 1]), float(parted[flat.size - out])
