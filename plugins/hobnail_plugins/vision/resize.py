"""Pictures at another size, by a cubic filter that is widened when it shrinks: nothing fine turns into noise."""

from __future__ import annotations

from functools import lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from hobnail.contracts import Float32

Pixel = TypeVar("Pixel", np.uint8, np.float32)


def resized(picture: Float32, high: int, wide: int) -> Float32:
    """float32 [rows, columns, channels] -> [high, wide, channels]; values may leave their range a little at edges."""
    rows, columns, channels = picture.shape
    down = (_filter(rows, high) @ picture.reshape(rows, columns * channels)).reshape(high, columns, channels)
    across = down.transpose(0, 2, 1).reshape(high * channels, columns) @ _filter(columns, wide).T
    return np.asarray(across.reshape(high, channels, wide).transpose(0, 2, 1), np.float32)


def cropped(picture: NDArray[Pixel], high: int, wide: int) -> NDArray[Pixel]:
    """The middle, [high, wide, channels]; the picture is at least as large."""
    top, left = (picture.shape[0] - high) // 2, (picture.shape[1] - wide) // 2
    return picture[top : top + high, left : left + wide]


@lru_cache(maxsize=32)
def _filter(length: int, size: int) -> Float32:
    """Weights of ``length`` pixels in each of ``size``, rows summing to 1: Keys' cubic (1981) with a = -0.5."""
    scale = length / size
    away = np.abs((np.arange(length) + 0.5) - (np.arange(size)[:, None] + 0.5) * scale) / max(scale, 1.0)
    near = (1.5 * away - 2.5) * away**2 + 1.0
    far = ((-0.5 * away + 2.5) * away - 4.0) * away + 2.0
    weights = np.where(away < 1.0, near, np.where(away < 2.0, far, 0.0))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)
