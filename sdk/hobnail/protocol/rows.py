"""A frame message: the most frequent of all, so its matrix is checked whole and its names are remembered."""

from __future__ import annotations

import math
import struct
from functools import lru_cache
from typing import Final

from hobnail.errors import MessageError
from hobnail.protocol import limits
from hobnail.protocol.faults import shown
from hobnail.protocol.messages import FrameMessage
from hobnail.protocol.values import distinct, name, number
from hobnail.scene import SCENE_FEATURES
from hobnail_native import first_out_of_range

_KNOWN_FEATURES: Final = frozenset(SCENE_FEATURES)
_REMEMBERED_NAMES: Final = 64


def check_frame(message: FrameMessage) -> None:
    """A tick of many emitters: names, columns, and every number of the matrix."""
    if message.values is not None:
        if message.emitters or message.columns is not None or message.data:
            cure = "Send either values, or emitters with data."
            raise MessageError("unknown_field", "values stands beside emitters.", path="$.values", cure=cure)
        _frame_values(message.values)
        return
    if not message.emitters:
        cure = "Send emitters with data, or values."
        raise MessageError("missing_field", "The frame names no emitter.", path="$.emitters", cure=cure)
    if len(message.emitters) <= _REMEMBERED_NAMES:
        _remembered_emitters(message.emitters)
    else:
        _emitters(message.emitters)
    columns = SCENE_FEATURES if message.columns is None else message.columns
    if message.columns is not None:
        _columns(message.columns)
    wanted = 4 * len(message.emitters) * len(columns)
    if len(message.data) != wanted:
        problem = f"data has {len(message.data)} bytes; {len(message.emitters)} x {len(columns)} float32 are {wanted}."
        cure = "Send float32 little-endian, one row per emitter, one number per column."
        raise MessageError("out_of_range", problem, path="$.data", cure=cure)
    check_rows(message.data, len(columns))


def _emitters(emitters: tuple[str, ...]) -> None:
    distinct(emitters, "$.emitters", limits.MAX_ROWS)
    for index, emitter in enumerate(emitters):
        name(emitter, f"$.emitters[{index}]")


_remembered_emitters = lru_cache(maxsize=256)(_emitters)
"""A game names the same emitters tick after tick. What is refused raises, and is not remembered."""


@lru_cache(maxsize=64)
def _columns(columns: tuple[str, ...]) -> None:
    distinct(columns, "$.columns", len(SCENE_FEATURES))
    for index, column in enumerate(columns):
        _feature(column, f"$.columns[{index}]")


def _frame_values(values: dict[str, dict[str, float]]) -> None:
    if not 0 < len(values) <= limits.MAX_ROWS:
        problem = f"values names {len(values)} emitters."
        raise MessageError("out_of_range", problem, path="$.values", cure=f"Name 1 to {limits.MAX_ROWS}.")
    for emitter, features in values.items():
        name(emitter, "$.values")
        for feature, value in features.items():
            _feature(feature, f"$.values.{emitter}")
            if not math.isnan(value):
                number(value, f"$.values.{emitter}.{feature}", "features")


def check_rows(data: bytes, columns: int) -> None:
    """Every number of a matrix, float32 little-endian [emitters, columns]: in range, or NaN."""
    index = first_out_of_range(data)
    if index is not None:
        row, column = divmod(index, columns)
        value: float = struct.unpack_from("<f", data, 4 * index)[0]
        number(value, f"$.data[{row}][{column}]", "features")


def _feature(feature: str, path: str) -> None:
    if feature not in _KNOWN_FEATURES:
        cure = f"The columns of scene/1 are: {', '.join(SCENE_FEATURES)}."
        raise MessageError("unknown_field", f"There is no feature {shown(feature)}.", path=path, cure=cure)
