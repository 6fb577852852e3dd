"""Tonal peaks of a stretch of sound: lines that stand well above the spectrum around them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hobnail.audio import RATE_HZ
from hobnail.contracts import Float32

Float64 = NDArray[np.float64]

WINDOW: Final = 2048
"""Samples looked at: long enough to part lines 50 Hz from each other."""

_SIZE: Final = 2 * WINDOW  # of the FFT: a parabola through three of its bins finds the top to a hundredth of a bin
_LOWEST_HZ: Final = 80.0
_HIGHEST_HZ: Final = 12_000.0
_CANDIDATES: Final = 24  # tops that are looked at closely, the strongest
_MOST: Final = 12
_LOBE: Final = 4  # bins from a line's top to the end of its main lobe
_AROUND: Final = 32  # bins to each side that tell what a line stands above
_BESIDE: Final = np.concatenate([np.arange(-_AROUND, -_LOBE), np.arange(_LOBE + 1, _AROUND + 1)])


@dataclass(frozen=True, slots=True)
class Peaks:
    """The strongest first. Arrays float64 [peaks]."""

    log_hz: Float64
    log_amplitude: Float64  #: natural log; amplitude 1 is a sine from -1 to 1
    prominence: Float64  #: natural log of power over the median power of the bins around it


class PeakFinder:
    """Finds peaks; never changes."""

    def __init__(self) -> None:
        self._window = np.sin(np.pi * ((np.arange(WINDOW) + 0.5) / WINDOW)) ** 2
        self._first = int(_LOWEST_HZ * _SIZE / RATE_HZ)
        self._last = int(_HIGHEST_HZ * _SIZE / RATE_HZ)

    def find(self, sound: Float32, *, absent: int, prominence: float) -> Peaks:
        """Peaks at least this prominent in float32 [WINDOW], of which the first ``absent`` precede the voice."""
        spectrum = np.fft.rfft(sound * self._window, _SIZE)
        power = spectrum.real**2 + spectrum.imag**2
        before, middle, after = (power[self._first + shift : self._last + shift] for shift in (-1, 0, 1))
        higher = (middle > before) & (middle >= after)
        tops = np.flatnonzero(higher & (middle > 1e-9)) + self._first
        tops = tops[np.argsort(-power[tops], kind="stable")[:_CANDIDATES]]
        above = np.log(power[tops] / np.maximum(_beside(power, tops), 1e-12))
        tops, above = tops[above >= prominence], above[above >= prominence]
        low, top, high = (np.log(power[tops + shift] + 1e-30) * 0.5 for shift in (-1, 0, 1))
        # Smith and Serra, "PARSHL", 1987: the top of a parabola through three log magnitudes.
        shift = 0.5 * (low - high) / np.minimum(low - 2.0 * top + high, -1e-9)
        height = top - 0.25 * (low - high) * shift
        level = height - math.log(0.5 * float(self._window[absent:].sum()))
        order = np.argsort(-level, kind="stable")[:_MOST]
        return Peaks(np.log((tops + shift) * (RATE_HZ / _SIZE))[order], level[order], above[order])


def _beside(power: Float64, tops: NDArray[np.intp]) -> Float64:
    """Median power beside each line, its main lobe left out; below 0 Hz a spectrum is its own mirror image."""
    return np.asarray(np.median(power[np.abs(tops[:, None] + _BESIDE)], axis=1))
