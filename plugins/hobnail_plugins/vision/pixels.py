"""Pictures as a coarse grid of colour and change, whole or streamed, and the newest of them on the clock of hops."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hobnail.contracts import Float32
from hobnail.errors import EngineError
from hobnail_plugins.vision.clock import Int64, checked_frames, frames_of, newest
from hobnail_plugins.vision.spec import CELL_WIDTH, CELLS, CHANGE, FINE, GAMMA, GRID

UInt8 = NDArray[np.uint8]

_LIGHT: Final[Float32] = ((np.arange(256) / 255.0) ** GAMMA).astype(np.float32)
_LUMINANCE: Final[Float32] = np.array((0.2126, 0.7152, 0.0722), np.float32)  # ITU-R BT.709


@dataclass(frozen=True, slots=True, eq=False)
class PixelState:
    """The picture before, as luminance float32 [rows, columns]; None before the first. Never changed in place."""

    before: Float32 | None = None


def begin() -> PixelState:
    """No picture was seen yet."""
    return PixelState()


def push(pictures: UInt8, state: PixelState) -> tuple[Float32, PixelState]:
    """The cells of the next pictures, float32 [pictures, 64, 6], and the next state. Raises EngineError.

    ``pictures`` uint8 [pictures, height, width, 3], RGB of any size and shape; the grid is stretched over them. The
    first picture, and the first after a change of size, has no change.
    """
    checked_pictures(pictures)
    out = np.empty((len(pictures), CELLS, CELL_WIDTH), np.float32)
    before = state.before
    for number, picture in enumerate(pictures):
        light = _shrunk(_LIGHT[picture], FINE)
        luminance = light @ _LUMINANCE
        change = luminance - before if before is not None and before.shape == luminance.shape else 0.0 * luminance
        grid = np.concatenate([light, np.maximum(change, 0.0)[..., None], np.maximum(-change, 0.0)[..., None]], axis=2)
        cells = _pooled(grid, GRID).reshape(CELLS, 5)
        rise, fall = cells[:, 3], cells[:, 4]
        out[number, :, :3] = cells[:, :3]
        out[number, :, 3:] = _squashed(np.stack([rise + fall, rise, fall], axis=1))
        before = luminance
    return out, PixelState(before)


def pixel_cells(pictures: UInt8, *, rate_hz: float | None = None, hops: int | None = None) -> Float32:
    """All at once: uint8 [pictures, height, width, 3] -> float32 [pictures, 64, 6]. Raises EngineError.

    With ``rate_hz`` and ``hops``: of each hop, float32 [hops, 64, 6], as :func:`on_hop_clock` says.
    """
    cells, _ = push(pictures, begin())
    return cells if rate_hz is None or hops is None else on_hop_clock(cells, hops, rate_hz=rate_hz)


def on_hop_clock(
    cells: Float32, hops: int, *, rate_hz: float = 30.0, at_frames: Int64 | None = None, first_hop: int = 0
) -> Float32:
    """The cells of the newest picture that each hop knows, float32 [hops, 64, 6]; zeros before the first picture.

    Picture n was seen at n / ``rate_hz`` seconds, or at session frame ``at_frames[n]``, which may be irregular but
    never goes back. A picture stands, change and all, until the next: at 30 Hz for three or four hops. Of several that
    come within one hop only the last is seen. Raises EngineError.
    """
    at = frames_of(len(cells), rate_hz) if at_frames is None else checked_frames(at_frames, len(cells), "pictures")
    index = newest(at, hops, first_hop=first_hop)
    return np.concatenate([np.zeros((1, CELLS, CELL_WIDTH), np.float32), cells])[index + 1]


def checked_pictures(pictures: UInt8) -> UInt8:
    """``pictures`` as they are, if they are uint8 [pictures, height, width, 3]. Raises EngineError."""
    if pictures.dtype != np.uint8 or pictures.ndim != 4 or pictures.shape[3] != 3 or 0 in pictures.shape[1:3]:
        raise EngineError(
            f"pictures: found {pictures.dtype} {list(pictures.shape)}, expected uint8 [pictures, height, width, 3]."
        )
    return pictures


def _squashed(change: Float32) -> Float32:
    return np.asarray(np.log1p(change / np.float32(CHANGE)) / np.float32(np.log1p(1.0 / CHANGE)))


def _shrunk(picture: Float32, most: int) -> Float32:
    """At most ``most`` pixels a side, [rows, columns, channels]; a small picture stays as it is."""
    high, wide = picture.shape[:2]
    return averaged(picture, min(high, most), min(wide, most))


def _pooled(picture: Float32, side: int) -> Float32:
    return averaged(picture, side, side)


def averaged(picture: Float32, rows: int, columns: int) -> Float32:
    """Means over a grid of rows and columns; a pixel on a border counts on both sides by its share."""
    high, wide, channels = picture.shape
    if (high, wide) == (rows, columns):
        return picture
    down = (_shares(rows, high) @ picture.reshape(high, wide * channels)).reshape(rows, wide, channels)
    across = down.transpose(0, 2, 1).reshape(rows * channels, wide) @ _shares(columns, wide).T
    return np.asarray(across.reshape(rows, channels, columns).transpose(0, 2, 1), np.float32)


@lru_cache(maxsize=64)
def _shares(parts: int, length: int) -> Float32:
    """How much of each of ``length`` pixels lies in each part, rows summing to 1: float32 [parts, length]."""
    edges = np.linspace(0.0, length, parts + 1)
    pixels = np.arange(length)
    overlap = np.minimum(edges[1:, None], pixels + 1.0) - np.maximum(edges[:-1, None], pixels)
    shares = np.maximum(overlap, 0.0)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True), np.float32)
