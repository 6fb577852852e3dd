"""The strongest partials of a ringing sound: where they are, and how fast they die.

Frequencies: peaks of one long spectrum (Hann window, twice filled up with zeros) from 20 ms after the loudest moment,
refined by a parabola through three log magnitudes (Smith and Serra, "PARSHL", 1987). A peak counts when it stands 20 dB
above the median of its 300 Hz. In the other sound a partial is the highest peak within a semitone of the recording's;
where nothing within 20 dB of the recording's level is there, the error is the whole semitone.

Decay: the sound times exp(-2 pi i f t), averaged by a Hann window of 43 ms; the straight line that fits the log of its
magnitude best. The recording tells from where to where: from the top until it has fallen by 30 dB, or comes within
10 dB of its quietest. The other is fitted over the same stretch. It counts where the recording falls by at least 6 dB
and the line explains at least 0.9 of the variance. A decay time is the time to fall by 60 dB.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hobnail.audio import RATE_HZ
from hobnail_trainer.corpus.sound import Samples

Float64 = NDArray[np.float64]

COUNT: Final = 3
LOWEST_HZ: Final = 80.0
HIGHEST_HZ: Final = 12_000.0
PROMINENT: Final = 10.0  #: magnitude over the median of its surroundings, 20 dB
AROUND_HZ: Final = 300.0
APART_HZ: Final = 30.0  #: two peaks closer than this are one
AFTER_FRAMES: Final = RATE_HZ // 50  #: what is struck clatters before it rings
LONGEST: Final = 32_768  #: frames of the spectrum
SHORTEST: Final = 4096
SEMITONE: Final = 2.0 ** (1.0 / 12.0) - 1.0
MISSING: Final = 0.1  #: of the recording's magnitude: what is below is not there
WINDOW: Final = 2048
STRIDE: Final = 256


class Partial(NamedTuple):
    """One partial of a recording."""

    hz: float
    magnitude: float
    stretch: tuple[int, int]  #: strides between which its decay is fitted
    decay_s: float | None  #: to fall by 60 dB; None when it does not decay like a mode


class PartialError(NamedTuple):
    """What became of a partial, relative: 0.01 is 1 %."""

    hz: float
    decay: float | None


def ringing_partials(samples: Samples) -> tuple[Partial, ...]:
    """The three strongest partials of a sound, the strongest first; fewer, or none, when it does not ring."""
    start = int(np.argmax(np.abs(samples))) + AFTER_FRAMES
    part = samples[start : start + LONGEST]
    if part.size < SHORTEST:
        return ()
    hz, magnitude = _spectrum(part)
    found: list[Partial] = []
    for place in _peaks(hz, magnitude):
        top = _refined(magnitude, place, hz)
        if len(found) < COUNT and all(abs(top - other.hz) >= APART_HZ for other in found):
            stretch, decay_s = _decay(samples, top)
            found.append(Partial(top, float(magnitude[place]), stretch, decay_s))
    return tuple(found)


def compare_partials(recording: Sequence[Partial], sound: Samples, other: Samples) -> tuple[PartialError, ...]:
    """What the other made of each partial of the recording ``sound``."""
    start = int(np.argmax(np.abs(sound))) + AFTER_FRAMES
    hz, magnitude = _spectrum(other[start : start + LONGEST])
    errors = []
    for partial in recording:
        near = np.flatnonzero(np.abs(hz / partial.hz - 1.0) <= SEMITONE)
        place = int(near[np.argmax(magnitude[near])])
        there = magnitude[place] >= MISSING * partial.magnitude
        wrong = min(SEMITONE, abs(_refined(magnitude, place, hz) / partial.hz - 1.0)) if there else SEMITONE
        errors.append(PartialError(wrong, _decay_error(partial, other)))
    return tuple(errors)


def _decay_error(partial: Partial, other: Samples) -> float | None:
    """Relative error of the decay time; 1 where the other does not decay at all."""
    if partial.decay_s is None:
        return None
    slope, _ = _line(_levels_db(other, partial.hz), partial.stretch)
    return min(1.0, abs(-60.0 / slope / partial.decay_s - 1.0)) if slope < 0.0 else 1.0


def _spectrum(part: Samples) -> tuple[Float64, Float64]:
    """Frequencies and magnitudes; a sine of amplitude 1 has magnitude 1."""
    window = np.hanning(part.size)
    size = 1 << (4 * part.size - 1).bit_length()
    magnitude = np.abs(np.fft.rfft(part * window, size)) * (2.0 / window.sum())
    hz = np.arange(magnitude.size) * (RATE_HZ / size)
    return hz, np.asarray(magnitude, dtype=np.float64)


def _peaks(hz: Float64, magnitude: Float64) -> list[int]:
    """Bins that stand out, within 40 dB of the highest, the highest first."""
    width = int(AROUND_HZ / hz[1])
    blocks = magnitude[: magnitude.size // width * width].reshape(-1, width)
    around = np.median(blocks, axis=1).repeat(width)
    here = magnitude[1 : around.size - 1]
    peak = (magnitude[: around.size - 2] < here) & (here >= magnitude[2 : around.size])
    strong = (here >= PROMINENT * around[1:-1]) & (here >= 0.01 * magnitude.max())
    inside = (hz[1 : around.size - 1] > LOWEST_HZ) & (hz[1 : around.size - 1] < HIGHEST_HZ)
    places = np.flatnonzero(peak & strong & inside) + 1
    return [int(place) for place in places[np.argsort(-magnitude[places], kind="stable")]]


def _refined(magnitude: Float64, place: int, hz: Float64) -> float:
    if not 0 < place < magnitude.size - 1:
        return float(hz[place])
    low, top, high = np.log(magnitude[place - 1 : place + 2] + 1e-15)
    bend = low - 2.0 * top + high
    shift = 0.5 * (low - high) / bend if bend < 0.0 else 0.0
    return float((place + min(0.5, max(-0.5, shift))) * hz[1])


def _levels_db(samples: Samples, hz: float) -> Float64:
    """Level at a frequency every 256 frames, float64 [strides]."""
    turned = samples * np.exp((-2j * math.pi * hz / RATE_HZ) * np.arange(samples.size))
    window = np.hanning(WINDOW + 1)[:-1]
    views = np.lib.stride_tricks.sliding_window_view(np.pad(turned, WINDOW // 2), WINDOW)[::STRIDE]
    return np.asarray(20.0 * np.log10(np.abs(views @ window) * (2.0 / window.sum()) + 1e-7))


def _decay(samples: Samples, hz: float) -> tuple[tuple[int, int], float | None]:
    levels = _levels_db(samples, hz)
    first = int(np.argmax(levels)) + WINDOW // STRIDE // 2  # the window has left the attack
    bottom = max(levels.max() - 30.0, levels.min() + 10.0)
    fallen = np.flatnonzero(levels[first:] < bottom)
    stretch = (first, first + int(fallen[0]) if fallen.size else levels.size)
    if stretch[1] - stretch[0] < 2 * WINDOW // STRIDE:
        return stretch, None
    slope, fit = _line(levels, stretch)
    falls_db = -slope * (stretch[1] - stretch[0]) * STRIDE / RATE_HZ
    return stretch, -60.0 / slope if falls_db >= 6.0 and fit >= 0.9 else None


def _line(levels: Float64, stretch: tuple[int, int]) -> tuple[float, float]:
    """(dB per second, explained share of the variance) of the best straight line."""
    part = levels[stretch[0] : stretch[1]]
    seconds = np.arange(part.size) * (STRIDE / RATE_HZ)
    seconds -= seconds.mean()
    slope = float((seconds @ part) / max(float(seconds @ seconds), 1e-12))
    rest = part - part.mean() - slope * seconds
    return slope, 1.0 - float(rest @ rest) / max(float(np.square(part - part.mean()).sum()), 1e-12)
