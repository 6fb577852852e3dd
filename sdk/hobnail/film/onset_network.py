"""A small network that sees contacts in what moves; fitted on simulated scenes, run with numpy.

::

    light, its change and the change of that ─ 3 x 3 x 3 ─ relu ─ 3 x 3 x 3, every second cell ─ relu ─┐
    the most and the mean over cells, beside the rows of motion ─ nine thirtieths ─ relu ─ chance, place
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from hobnail.contracts import Float32
from hobnail.film.motion import Motion

AROUND: Final = 4  #: thirtieths looked at before and after; of one that sees only what was, as many before
CHANNELS: Final = 3  #: change, change of change, light
LATE: Final = 1.0  #: thirtieths after a contact that a network which sees only what was is surest
_SMALL: Final = 1e-3  # a change of light that is just of interest
_AT_ONCE: Final = 128  # thirtieths


@dataclass(frozen=True, slots=True, eq=False)
class OnsetNetwork:
    """Weights, float32. A kernel is [thirtieths * rows * columns * channels in, channels out].

    ``live``: nothing that comes later is looked at, and ``place`` is told as of the row before.
    """

    mean: Float32  #: of the rows of motion
    spread: Float32
    near: Float32  #: kernel 3 x 3 x 3
    near_bias: Float32
    far: Float32  #: kernel 3 x 3 x 3 of every second cell
    far_bias: Float32
    around: Float32  #: kernel of 2 AROUND + 1 thirtieths
    around_bias: Float32
    out: Float32  #: [hidden, 2]
    out_bias: Float32
    live: bool = False

    @staticmethod
    def packaged(*, live: bool = False) -> OnsetNetwork:
        """The ones that ship: of a film that is known as a whole, and of pictures as they come."""
        name = "onsets_live.npz" if live else "onsets.npz"
        with (resources.files("hobnail.film") / "data" / name).open("rb") as file:
            arrays = np.load(file, allow_pickle=False)
            return OnsetNetwork(**{name: arrays[name].astype(np.float32) for name in arrays.files}, live=live)

    def __call__(self, motion: Motion) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(chance of a contact 0..1, its place in thirtieths after the row), each float32 [thirtieths]."""
        rows = (known_rows(motion.rows, live=self.live) - self.mean) / self.spread
        pooled = np.concatenate([self._pooled(channels_of(motion.light, live=self.live)), rows], axis=1)
        padded = np.pad(pooled, ((2 * AROUND, 0) if self.live else (AROUND, AROUND), (0, 0)))
        seen = sliding_window_view(padded, 2 * AROUND + 1, axis=0).transpose(0, 2, 1).reshape(len(pooled), -1)
        out = np.maximum(seen @ self.around + self.around_bias, 0.0) @ self.out + self.out_bias
        chance = 1.0 / (1.0 + np.exp(-out[:, 0]))
        return chance.astype(np.float32), np.clip(out[:, 1], -1.0, 1.0).astype(np.float32) - self.live * LATE

    def _pooled(self, channels: Float32) -> Float32:
        """The most and the mean of each feature over all cells, [thirtieths, 2 * features]; a part at a time."""
        padded = np.pad(channels, ((4, 0) if self.live else (2, 2), (0, 0), (0, 0), (0, 0)))
        parts = []
        for begin in range(0, len(channels), _AT_ONCE):
            some = padded[begin : begin + _AT_ONCE + 4]
            near = np.maximum(_convolved(some, self.near, 1) + self.near_bias, 0.0)
            if begin == 0:  # nothing is seen before the film, and nothing after it
                near[: 1 + self.live] = 0.0
            if begin + _AT_ONCE >= len(channels) and not self.live:
                near[-1] = 0.0
            far = np.maximum(_convolved(near, self.far, 2) + self.far_bias, 0.0)
            parts.append(np.concatenate([far.max(axis=(1, 2)), far.mean(axis=(1, 2))], axis=1))
        return np.concatenate(parts)


def channels_of(light: Float32, *, live: bool = False) -> Float32:
    """float32 [thirtieths, rows, columns, CHANNELS] of light [thirtieths, rows, columns]."""
    change = np.diff(light, axis=0, prepend=light[:1])
    turn = np.diff(change, axis=0, prepend=change[:1]) if live else np.diff(change, axis=0, append=change[-1:])
    return np.stack([_squashed(change), _squashed(turn), light], axis=-1).astype(np.float32)


def known_rows(rows: Float32, *, live: bool) -> Float32:
    """Rows of motion as they are known at their time: a row tells of the picture after it, so live it is one late."""
    return np.concatenate([rows[:1], rows[:-1]]) if live else rows


def _squashed(change: Float32) -> Float32:
    return np.asarray(np.sign(change) * np.log10(1.0 + np.abs(change) / _SMALL), np.float32)


def _convolved(values: Float32, kernel: Float32, stride: int) -> Float32:
    """[n, rows, columns, channels] by a kernel 3 x 3 x 3 -> [n - 2, rows / stride, columns / stride, channels out]."""
    padded = np.pad(values, ((0, 0), (1, 1), (1, 1), (0, 0)))
    windows = sliding_window_view(padded, (3, 3, 3), axis=(0, 1, 2))[:, ::stride, ::stride]
    shape = windows.shape[:3]
    flat = windows.transpose(0, 1, 2, 4, 5, 6, 3).reshape(-1, kernel.shape[0])
    return np.asarray((flat @ kernel).reshape(*shape, -1), np.float32)
