"""What moves in pictures: a row of numbers for every thirtieth of a second, from which contacts can be told."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hobnail.audio import RATE_HZ
from hobnail.contracts import Float32

UInt8 = NDArray[np.uint8]
Moments = NDArray[np.int64] | NDArray[np.float64]

HZ: Final = 30.0
STEP_FRAMES: Final = round(RATE_HZ / HZ)
GRID: Final = 16  # cells a side in which motion is looked at
TOP: Final = 6  # of the liveliest cells
WIDTH: Final = 4 + 4 * TOP + 4
_GAMMA: Final = 2.2
_LIGHT: Final = (np.arange(256) / 255.0) ** _GAMMA
_LUMINANCE: Final = np.array((0.2126, 0.7152, 0.0722))
_FLOOR: Final = 1e-4


class Motion(NamedTuple):
    """What moves in every thirtieth of a second."""

    rows: Float32  #: [thirtieths, WIDTH]
    light: Float32  #: [thirtieths, <= GRID, <= GRID], 0..1, linear


def motion_of(pictures: UInt8, at_frames: NDArray[np.int64], frames: int) -> Motion:
    """Of uint8 [pictures, height, width, 3] seen at ``at_frames`` of ``frames``.

    Pictures may come at any rate, also an uneven one: light is blended to thirtieths of a second first.
    """
    count = max(1, round(frames / STEP_FRAMES))
    if not len(pictures):
        return Motion(np.zeros((count, WIDTH), np.float32), np.zeros((count, 1, 1), np.float32))
    light = _cells(np.stack([_LIGHT[picture] @ _LUMINANCE for picture in pictures]))
    light = blended(light, at_frames, np.arange(count) * STEP_FRAMES)
    return Motion(rows_of(light), light.astype(np.float32))


def rows_of(light: NDArray[np.float64]) -> Float32:
    """The rows of :class:`Motion` of light [thirtieths, rows, columns]."""
    count = len(light)
    first = np.diff(light, axis=0, prepend=light[:1])
    second = np.diff(first, axis=0, append=first[-1:])  # what comes next that steady motion does not explain
    rows = np.zeros((count, WIDTH), np.float32)
    moving, turning = np.abs(first).reshape(count, -1), np.abs(second).reshape(count, -1)
    rows[:, 0] = _db(moving.mean(axis=1))
    rows[:, 1] = _db(turning.mean(axis=1))
    rows[:, 2] = _db(np.abs(first.mean(axis=(1, 2))))  # all at once: a lamp, a cut
    rows[:, 3] = _db(moving.max(axis=1))
    at = 4
    for values in (moving, turning, np.maximum(first, 0).reshape(count, -1), np.maximum(-first, 0).reshape(count, -1)):
        rows[:, at : at + TOP] = _db(np.sort(values, axis=1)[:, : -TOP - 1 : -1])
        at += TOP
    weight = first**2 + 1e-12
    places = (
        np.linspace(-1.0, 1.0, light.shape[1])[None, :, None],
        np.linspace(-1.0, 1.0, light.shape[2])[None, None, :],
    )
    for place in places:
        centre = (weight * place).sum(axis=(1, 2)) / weight.sum(axis=(1, 2))
        rows[:, at] = centre
        rows[:, at + 1] = np.sqrt(
            (weight * (place - centre[:, None, None]) ** 2).sum(axis=(1, 2)) / weight.sum(axis=(1, 2))
        )
        at += 2
    return rows


def motion_levels(rows: Float32) -> Float32:
    """How much moves, float32 [thirtieths] of :class:`Motion`'s rows: log10 of the change above what can be seen."""
    return np.maximum(rows[:, 0], 0.0)


def motion_curve(levels: Float32) -> Float32:
    """How much moves, 0..1, float32 [thirtieths]: 1 is the liveliest moment of the film."""
    return np.asarray(levels / max(float(levels.max(initial=0.0)), 1.0), np.float32)


def _db(value: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log of a change of light; 0 where it is too small to be seen."""
    return np.asarray(np.log10(np.maximum(value, _FLOOR) / _FLOOR))


def _cells(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """Means over a grid, [pictures, <= GRID, <= GRID]."""
    _, high, wide = light.shape
    rows = np.linspace(0, high, min(GRID, high) + 1).astype(int)
    columns = np.linspace(0, wide, min(GRID, wide) + 1).astype(int)
    sums = np.add.reduceat(np.add.reduceat(light, rows[:-1], axis=1), columns[:-1], axis=2)
    areas = np.diff(rows)[:, None] * np.diff(columns)[None, :]
    return np.asarray(sums / areas)


def blended(light: NDArray[np.float64], at: Moments, wanted: Moments) -> NDArray[np.float64]:
    """Light [pictures, rows, columns] seen ``at``, as it is at the wanted moments: straight between those around."""
    upper = np.clip(np.searchsorted(at, wanted, side="left"), 1, max(1, len(at) - 1))
    if len(at) == 1:
        return np.repeat(light, len(wanted), axis=0)
    lower = upper - 1
    span = at[upper] - at[lower]
    share = np.clip((wanted - at[lower]) / np.where(span > 0, span, 1), 0.0, 1.0)[:, None, None]
    return np.asarray(light[lower] * (1.0 - share) + light[upper] * share, np.float64)
