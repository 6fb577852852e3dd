"""Attacks inside a voice, as hobnail/spectral/onsets.hpp sharpens them: gains of a whole voice's noise."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from hobnail.contracts import Float32
from hobnail_plugins.codec.spec import STRIDE

LEAP: Final = 8.0  #: by which the short frames' power has to rise
FOLLOWS: Final = 2.0  #: by which the long frames' has to, to be shaped with them
MOST_POWER: Final = 16.0  #: of a gain, squared
RAMPS: Final = (64.0, 16.0)  #: samples, of long and short frames
OVERLAPS: Final = (4, 2)
CUT: Final = 1.25  #: by which a gain may fall at once where a hop begins, 2 dB
LED: Final = 64  #: samples within which it falls by more


class _Levels(NamedTuple):
    before: float
    after: float
    leaps: bool


class _Onset(NamedTuple):
    region: int
    at: float  #: of the region, 0..1
    levels: tuple[_Levels, _Levels]  #: of long and short frames


def onset_gains(powers: Float32, shares: tuple[Float32, Float32]) -> tuple[Float32, Float32]:
    """Powers float32 [frames, 2] of long and short frames -> gains of each noise, float32 [frames * STRIDE].

    ``shares``: float32 [4 STRIDE] and [2 STRIDE], what a frame of power 1 adds to the variance of its samples. Region r
    lies between the centres of frames r and r + 1; a hop settles two regions, and knows two frames beyond them.
    """
    frames = len(powers)
    gains = tuple(np.ones((frames + 2) * STRIDE, np.float32) for _ in RAMPS)
    known = powers.astype(np.float64)
    before: _Onset | None = None
    here: _Onset | None = None
    for first in range(0, frames, 2):
        told = min(frames, first + 4)
        before, here = here or before, None
        for region in (first, first + 1):
            here = _find(known[:told], region, (before, here)) or here
        ahead = _find(known[:told], first + 2, (before, here))
        for number in range(2):
            for onset in (before, here, ahead):
                for region in (first, first + 1):
                    if onset is not None and onset.levels[number].leaps:
                        at = region * STRIDE + STRIDE // 2
                        factors = _factors(known[:told, number], shares[number], number, region, onset)
                        gains[number][at : at + STRIDE] *= factors
            _lead(gains[number], first * STRIDE + STRIDE // 2)
    long, short = (each[: frames * STRIDE] for each in gains)
    return long, short


def _lead(gains: Float32, at: int) -> None:
    """From the gain before ``at``: an attack became known when what stands a little before it was out already."""
    leap = gains[at - 1] / max(gains[at], np.float32(1e-6))
    if leap >= CUT:
        gains[at : at + LED] *= 1.0 + (leap - 1.0) * (1.0 - np.arange(LED, dtype=np.float32) / LED)


def _find(powers: np.ndarray, region: int, others: tuple[_Onset | None, ...]) -> _Onset | None:
    told = len(powers)
    if region < 1 or region + 1 >= told or any(other and other.region + 1 == region for other in others):
        return None
    before = powers[region - 1, 1]
    first, second = powers[region, 1] - before, powers[region + 1, 1] - before
    if not powers[region + 1, 1] > LEAP * before or 2.0 * first >= second:
        return None
    if region + 2 < told and powers[region + 2, 1] - before > 2.0 * second:
        return None
    at = _place(max(0.0, first / second))
    above = _levels(before, powers[region + 1, 1], _after(at / 2.0), 1.0)
    below = _levels(powers[max(0, region - 2), 0], powers[region + 1, 0], _after((1.0 + at) / 4.0), FOLLOWS)
    return _Onset(region, at, (below, above))


def _levels(before: float, now: float, share: float, rise: float) -> _Levels:
    level = (now - before * (1.0 - share)) / share
    return _Levels(before, level, level > rise * before)


def _after(x: float) -> float:
    """Share of a squared Hann window that comes after ``x``, 0..1 of it."""
    return 1.0 - x + (8.0 * math.sin(2.0 * math.pi * x) - math.sin(4.0 * math.pi * x)) / (12.0 * math.pi)


def _place(ratio: float) -> float:
    low, high = 0.0, 1.0
    for _ in range(14):
        middle = 0.5 * (low + high)
        if _after(0.5 + 0.5 * middle) > ratio * _after(0.5 * middle):
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def _factors(powers: np.ndarray, shares: Float32, number: int, region: int, onset: _Onset) -> np.ndarray:
    """The gain that one onset asks of the samples of one region, float64 [STRIDE]."""
    overlap, levels = OVERLAPS[number], onset.levels[number]
    half = overlap // 2
    if not onset.region + 1 - overlap <= region <= onset.region + half:
        return np.ones(STRIDE)
    now, old, fresh = np.full(STRIDE, 1e-20), np.zeros(STRIDE), np.zeros(STRIDE)
    for k in range(overlap):
        frame = region + 1 - half + k
        if frame >= len(powers):
            continue
        power = powers[max(0, frame)]
        share = shares[(overlap - 1 - k) * STRIDE : (overlap - k) * STRIDE]
        now += share * power
        old += share * (min(power, levels.before) if frame > onset.region - half else power)
        fresh += share * (levels.after if frame <= onset.region + 1 else power)
    ramp = RAMPS[number]
    begun = np.clip(0.5 + (np.arange(STRIDE) - (onset.at + onset.region - region) * STRIDE) / ramp, 0.0, 1.0)
    return np.asarray(np.sqrt(np.minimum((old + begun * (fresh - old)) / now, MOST_POWER)))
