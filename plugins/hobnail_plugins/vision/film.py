"""A film as voices see it: the cells of its pictures on their own clock, whatever rate it was taken at.

Training saw pictures at 30 Hz. How much changes from one picture to the next depends on how long that is, so a film of
another rate is brought to 30 Hz first: straight between the pictures around each moment.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from hobnail.audio import RATE_HZ
from hobnail.contracts import Float32
from hobnail_plugins.vision.clock import Int64, checked_frames
from hobnail_plugins.vision.pixels import UInt8, begin, checked_pictures, push
from hobnail_plugins.vision.spec import CELL_WIDTH, CELLS

PICTURE_HZ: Final = 30
PICTURE_FRAMES: Final = RATE_HZ // PICTURE_HZ
_AT_ONCE: Final = 256


class FilmSight:
    """The cells of a film by session frame. Immutable once made."""

    def __init__(self, pictures: UInt8, at_frames: Int64) -> None:
        """uint8 [pictures, height, width, 3] shown at session frames int64 [pictures]. Raises EngineError."""
        checked_pictures(pictures)
        at = checked_frames(at_frames, len(pictures), "pictures")
        moments = self._moments(at)
        self._first = int(moments[0]) if len(moments) else 0
        state, parts = begin(), []
        for begun in range(0, len(moments), _AT_ONCE):
            part, state = push(even(pictures, at, moments[begun : begun + _AT_ONCE]), state)
            parts.append(part.astype(np.float16))  # as a feed stores them
        self._cells = np.concatenate(parts) if parts else np.zeros((0, CELLS, CELL_WIDTH), np.float16)

    def __len__(self) -> int:
        return len(self._cells)

    def at(self, frames: NDArray[np.int64]) -> tuple[Float32, NDArray[np.bool_]]:
        """(cells float32 [..., 64, 6] of the newest picture at each session frame, whether there is one bool [...])."""
        index, there = self._index(frames), self.there(frames)
        found = np.zeros((*index.shape, CELLS, CELL_WIDTH), np.float32)
        found[there] = self._cells[index[there]]
        return found, there

    def there(self, frames: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether there is a picture at each session frame, bool [...]."""
        index = self._index(frames)
        return np.asarray((index >= 0) & (index < len(self._cells)))

    def _index(self, frames: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.asarray((np.asarray(frames, np.int64) - self._first) // PICTURE_FRAMES)

    @staticmethod
    def _moments(at: Int64) -> Int64:
        if not len(at):
            return at
        step = int(np.median(np.diff(at))) if len(at) > 1 else PICTURE_FRAMES  # the last picture stands as long
        return np.arange(int(at[0]), int(at[-1]) + max(1, step), PICTURE_FRAMES, dtype=np.int64)


def even(pictures: UInt8, at_frames: Int64, moments: Int64) -> UInt8:
    """Pictures at ``moments``, uint8 [moments, height, width, 3]: straight between those around each."""
    if len(pictures) == 1:
        return np.repeat(pictures, len(moments), axis=0)
    upper = np.clip(np.searchsorted(at_frames, moments, side="left"), 1, len(at_frames) - 1)
    lower = upper - 1
    span = np.maximum(at_frames[upper] - at_frames[lower], 1)
    share = np.clip((moments - at_frames[lower]) / span, 0.0, 1.0).astype(np.float32)[:, None, None, None]
    blended = pictures[lower] * (1.0 - share) + pictures[upper] * share
    return np.asarray(np.rint(blended), np.uint8)
