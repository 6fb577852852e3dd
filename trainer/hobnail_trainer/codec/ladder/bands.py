"""96 mel bands of frames of 1,024 samples every 256, and the spectrum that they stand for.

This scale belongs to the ladder and stays as it is, whatever codecs do, so that tables of different days compare.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hobnail.audio import RATE_HZ
from hobnail_trainer.codec.ladder.stft import Float, hann, spectra
from hobnail_trainer.corpus.sound import Samples

SIZE: Final = 1024
HOP: Final = 256
BANDS: Final = 96
LOWEST_HZ: Final = 40.0
HIGHEST_HZ: Final = 20_000.0
FLOOR: Final = 1e-10  #: power, -100 dB
OUTSIDE: Final = 3.0  #: nepers of power by which bins beyond the outer bands are below them


class BandScale:
    """Filters of the bands. Never changes."""

    def __init__(self) -> None:
        filters = _triangles()
        self._meter = (filters / filters.sum(axis=0)).astype(np.float32)
        cover = filters.sum(axis=1)
        self._spread = (filters / np.maximum(cover, 1e-9)[:, None]).T.astype(np.float32)
        inside = np.flatnonzero(cover)
        self._first, self._last = int(inside[0]), int(inside[-1])
        self._gain = np.float32(math.sqrt(float(np.square(hann(SIZE)).sum())))

    def log_powers(self, samples: Samples) -> Float:
        """Log of the mean power per bin, float32 [frames, BANDS]; white noise of variance 1 has power 1."""
        power = np.square(np.abs(spectra(samples, SIZE, HOP)) / self._gain)
        return np.asarray(np.log(power @ self._meter + np.float32(FLOOR)))

    def magnitudes(self, log_powers: Float) -> Float:
        """Magnitudes of bins that bands stand for, float32 [frames, bins]."""
        bins = log_powers @ self._spread
        bins[:, : self._first] = bins[:, self._first, None] - OUTSIDE
        bins[:, self._last + 1 :] = bins[:, self._last, None] - OUTSIDE
        return np.asarray(np.exp(0.5 * bins) * self._gain)


def _triangles() -> NDArray[np.float64]:
    """Triangles at equal steps of 2595 log10(1 + f / 700), float64 [bins, BANDS], no narrower than two bins."""
    low, high = (2595.0 * math.log10(1.0 + hz / 700.0) for hz in (LOWEST_HZ, HIGHEST_HZ))
    edges = 700.0 * (10.0 ** (np.linspace(low, high, BANDS + 2) / 2595.0) - 1.0)
    step = RATE_HZ / SIZE
    centres = edges[1:-1]
    below, above = np.minimum(edges[:-2], centres - step), np.maximum(edges[2:], centres + step)
    hz = np.arange(SIZE // 2 + 1)[:, None] * step
    sides = np.minimum((hz - below) / (centres - below), (above - hz) / (above - centres))
    return np.asarray(np.maximum(0.0, sides))
