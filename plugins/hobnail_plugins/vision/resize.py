"""Pictures at another size, by a cubic filter that is widened when it shrinks: nothing fine turns into noise."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from hobnail.contracts import Float32

UInt8 = NDArray[np.uint8]


def resized(picture: UInt8, high: int, wide: int) -> UInt8:
    """uint8 [rows, columns, channels] -> [high, wide, channels], as Pillow does to one level in 255."""
    rows, columns, channels = picture.shape
    flat = picture.transpose(0, 2, 1).reshape(rows * channels, columns).astype(np.float32)
    across = _whole(flat @ _filter(columns, wide).T).reshape(rows, channels * wide)
    down = _whole(_filter(rows, high) @ across.astype(np.float32))
    return down.reshape(high, channels, wide).transpose(0, 2, 1)


def middle(picture: UInt8, high: int, wide: int) -> UInt8:
    """The middle, uint8 [high, wide, channels]; the picture is at least as large."""
    top, left = (picture.shape[0] - high) // 2, (picture.shape[1] - wide) // 2
    return picture[top : top + high, left : left + wide]


def _whole(values: Float32) -> UInt8:
    return np.clip(np.round(values), 0.0, 255.0).astype(np.uint8)


@lru_cache(maxsize=32)
def _filter(length: int, size: int) -> Float32:
    """Weights of ``length`` pixels in each of ``size``, rows summing to 1: Keys' cubic (1981) with a = -0.5."""
    scale = length / size
    away = np.abs((np.arange(length) + 0.5) - (np.arange(size)[:, None] + 0.5) * scale) / max(scale, 1.0)
    near = (1.5 * away - 2.5) * away**2 + 1.0
    far = ((-0.5 * away + 2.5) * away - 4.0) * away + 2.0
    weights = np.where(away < 1.0, near, np.where(away < 2.0, far, 0.0))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)
