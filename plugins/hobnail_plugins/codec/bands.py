"""Spectral frames to band values: triangular mel filters over powers of bins."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from hobnail.audio import RATE_HZ
from hobnail.contracts import Float32
from hobnail_plugins.codec.spec import BANDS, EPSILON, FRAME, HIGHEST_HZ, LOWEST_HZ

Float64 = NDArray[np.float64]

BIN_HZ = RATE_HZ / FRAME


def mel_filters() -> tuple[Float64, Float64]:
    """Weights float64 [bins, BANDS] whose columns sum to 1, and the bands' centres in Hz, rising.

    Centres stand at equal steps of the mel scale 2595 log10(1 + f / 700) (O'Shaughnessy 1987); each triangle reaches
    to its neighbours' centres, and at least one bin to each side, so that no band is empty.
    """
    lowest, highest = (2595.0 * math.log10(1.0 + hz / 700.0) for hz in (LOWEST_HZ, HIGHEST_HZ))
    edges = 700.0 * (10.0 ** (np.linspace(lowest, highest, BANDS + 2) / 2595.0) - 1.0)
    centres = edges[1:-1]
    below = np.minimum(edges[:-2], centres - BIN_HZ)
    above = np.maximum(edges[2:], centres + BIN_HZ)
    hz = np.arange(FRAME // 2 + 1)[:, None] * BIN_HZ
    weights = np.maximum(0.0, np.minimum((hz - below) / (centres - below), (above - hz) / (above - centres)))
    return weights / weights.sum(axis=0), centres


class BandMeter:
    """Powers of bins and bands. White noise of variance 1 has power 1 in every bin. Never changes."""

    def __init__(self) -> None:
        self._filters, self.centres_hz = mel_filters()
        window = np.sin(np.pi * (np.arange(FRAME) / FRAME)) ** 2
        self._window = window / math.sqrt(float(np.square(window).sum()))

    def bin_powers(self, frame: Float32) -> Float64:
        """float32 [FRAME] -> float64 [FRAME / 2 + 1]."""
        spectrum = np.fft.rfft(frame * self._window)
        return np.asarray(spectrum.real**2 + spectrum.imag**2)

    def values(self, powers: Float64) -> Float32:
        """Powers of bins -> band values log(power + EPSILON^2), float32 [BANDS]."""
        return np.log(powers @ self._filters + EPSILON**2).astype(np.float32)


def to_log_powers(values: Float32) -> Float32:
    """Band values of any shape -> the renderer's log powers: the floor that was added is taken out again."""
    powers = np.exp(np.minimum(values, 20.0), dtype=np.float32) - np.float32(EPSILON**2)
    return np.asarray(np.log(np.maximum(powers, np.float32(1e-10))), dtype=np.float32)
