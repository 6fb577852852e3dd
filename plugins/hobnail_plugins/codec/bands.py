"""Spectral frames to band values: triangular mel filters over powers of bins."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from hobnail.audio import RATE_HZ
from hobnail.contracts import Float32
from hobnail_plugins.codec.spec import BANDS, EPSILON, FRAME, HIGHEST_HZ, LOWEST_HZ, SHORT_FRAME, SPLIT_HZ

Float64 = NDArray[np.float64]


def mel_filters(size: int = FRAME) -> tuple[Float64, Float64]:
    """Weights float64 [size / 2 + 1 bins, BANDS] whose columns sum to 1, and the bands' centres in Hz, rising.

    Centres stand at equal steps of the mel scale 2595 log10(1 + f / 700) (O'Shaughnessy 1987); each triangle reaches
    to its neighbours' centres, and at least one bin to each side, so that no band is empty.
    """
    lowest, highest = (2595.0 * math.log10(1.0 + hz / 700.0) for hz in (LOWEST_HZ, HIGHEST_HZ))
    edges = 700.0 * (10.0 ** (np.linspace(lowest, highest, BANDS + 2) / 2595.0) - 1.0)
    centres = edges[1:-1]
    bin_hz = RATE_HZ / size
    below = np.minimum(edges[:-2], centres - bin_hz)
    above = np.maximum(edges[2:], centres + bin_hz)
    hz = np.arange(size // 2 + 1)[:, None] * bin_hz
    weights = np.maximum(0.0, np.minimum((hz - below) / (centres - below), (above - hz) / (above - centres)))
    return weights / weights.sum(axis=0), centres


class BandMeter:
    """Powers of bins and of some bands, by frames of one size. White noise of variance 1 has power 1. Never changes."""

    def __init__(self, size: int, bands: slice) -> None:
        filters, _ = mel_filters(size)
        self.size = size
        self.bin_hz = RATE_HZ / size
        self._filters = np.ascontiguousarray(filters[:, bands])
        window = np.sin(np.pi * (np.arange(size) / size)) ** 2
        self._window = window / math.sqrt(float(np.square(window).sum()))

    def bin_powers(self, frames: Float32) -> Float64:
        """float32 [..., size] -> float64 [..., size / 2 + 1]."""
        spectrum = np.fft.rfft(frames * self._window)
        return np.asarray(spectrum.real**2 + spectrum.imag**2)

    def values(self, powers: Float64) -> Float32:
        """Powers of bins [..., size / 2 + 1] -> band values log(power + EPSILON^2), float32 [..., bands]."""
        rows = (powers[..., None, :] @ self._filters)[..., 0, :]  # row by row: larger products round otherwise
        return np.log(rows + EPSILON**2).astype(np.float32)


def band_meters() -> tuple[BandMeter, BandMeter]:
    """Of the bands below SPLIT_HZ, and of the others."""
    _, centres_hz = mel_filters()
    split = int(np.searchsorted(centres_hz, SPLIT_HZ))
    return BandMeter(FRAME, slice(split)), BandMeter(SHORT_FRAME, slice(split, None))
