"""Tonal peaks of a stretch of sound: lines that stand well above the spectrum around them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hobnail.audio import RATE_HZ
from hobnail.contracts import Float32

Float64 = NDArray[np.float64]
Places = NDArray[np.intp]

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
    """The strongest first."""

    log_hz: tuple[float, ...]
    log_amplitude: tuple[float, ...]  #: natural log; amplitude 1 is a sine from -1 to 1
    prominence: tuple[float, ...]  #: natural log of power over the median power of the bins around it


class PeakFinder:
    """Finds peaks; never changes. What it finds in a stretch does not depend on what others it is given with."""

    def __init__(self) -> None:
        self._window = np.sin(np.pi * ((np.arange(WINDOW) + 0.5) / WINDOW)) ** 2
        self._first = int(_LOWEST_HZ * _SIZE / RATE_HZ)
        self._last = int(_HIGHEST_HZ * _SIZE / RATE_HZ)

    def find(self, sounds: Float32, *, absent: Sequence[int], prominence: float) -> list[Peaks]:
        """Peaks at least this prominent in each of float32 [stretches, WINDOW].

        ``absent``: how many samples at the beginning of each precede the voice.
        """
        spectra = np.fft.rfft(sounds * self._window, _SIZE)
        powers = spectra.real**2 + spectra.imag**2
        rows, tops = self._tops(powers)
        rows, tops = _may_stand_out(powers, rows, tops, prominence)
        above = np.log(powers[rows, tops] / np.maximum(_beside(powers, rows, tops), 1e-12))
        kept = above >= prominence
        rows, tops, above = rows[kept], tops[kept], above[kept]
        low, top, high = (np.log(powers[rows, tops + shift] + 1e-30) * 0.5 for shift in (-1, 0, 1))
        # Smith and Serra, "PARSHL", 1987: the top of a parabola through three log magnitudes.
        shift = 0.5 * (low - high) / np.minimum(low - 2.0 * top + high, -1e-9)
        height = top - 0.25 * (low - high) * shift
        level = height - self._full_scale(absent)[rows]
        log_hz = np.log((tops + shift) * (RATE_HZ / _SIZE))
        order = np.lexsort((-level, rows))
        ends = np.searchsorted(rows, np.arange(len(sounds) + 1)).tolist()
        found = [log_hz[order].tolist(), level[order].tolist(), above[order].tolist()]
        return [
            Peaks(*(tuple(values[begin : min(end, begin + _MOST)]) for values in found))
            for begin, end in pairwise(ends)
        ]

    def _tops(self, powers: Float64) -> tuple[Places, Places]:
        """Row and bin of the strongest local maxima, row by row, the strongest first; of equals the lower first."""
        before, middle, after = (powers[:, self._first + shift : self._last + shift] for shift in (-1, 0, 1))
        higher = (middle > before) & (middle >= after) & (middle > 1e-9)
        strengths = np.where(higher, middle, 0.0)
        enough = np.partition(strengths, -_CANDIDATES, axis=1)[:, -_CANDIDATES]
        rows, bins = np.nonzero(higher & (middle >= enough[:, None]))
        order = np.lexsort((-middle[rows, bins], rows))
        rows, bins = rows[order], bins[order]
        rank = np.arange(len(rows)) - np.searchsorted(rows, rows)
        return rows[rank < _CANDIDATES], bins[rank < _CANDIDATES] + self._first

    def _full_scale(self, absent: Sequence[int]) -> Float64:
        """Log of what a sine of amplitude 1 has at its bin, for each stretch."""
        logs = {count: math.log(0.5 * float(self._window[count:].sum())) for count in set(absent)}
        return np.array([logs[count] for count in absent])


def _may_stand_out(powers: Float64, rows: Places, tops: Places, prominence: float) -> tuple[Places, Places]:
    """Without those that cannot be prominent: less than half of the bins beside them are weak enough. Saves medians."""
    beside = powers[rows[:, None], np.abs(tops[:, None] + _BESIDE)]
    weak = powers[rows, tops] * math.exp(-prominence) * (1.0 + 1e-6)
    may = (beside <= weak[:, None]).sum(axis=1) >= _BESIDE.size // 2
    return rows[may], tops[may]


def _beside(powers: Float64, rows: Places, tops: Places) -> Float64:
    """Median power beside each line, its main lobe left out; below 0 Hz a spectrum is its own mirror image."""
    return np.asarray(np.median(powers[rows[:, None], np.abs(tops[:, None] + _BESIDE)], axis=1))
