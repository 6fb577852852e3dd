"""Pitch, voicing and harmonic-to-noise ratio by autocorrelation.

Boersma, "Accurate short-term analysis of the fundamental frequency and the harmonics-to-noise ratio of a sampled
sound" (IFA Proceedings 17, 1993): the autocorrelation of a windowed frame divided by that of the window, r(lag),
peaks at the period, and HNR = 10 log10(r / (1 - r)) there.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hobnail.audio import RATE_HZ
from hobnail_trainer.corpus.sound import Samples

LOWEST_HZ: Final = 50.0
HIGHEST_HZ: Final = 2400.0
FRAME: Final = 3072  # 64 ms: three periods of the lowest pitch
HOP: Final = 768
MOST_FRAMES: Final = 400  # spread evenly over long textures: their median does not need more
VOICED: Final = 0.6  # r at the period; white noise stays below it in 99 of 100 frames
OCTAVE_COST: Final = 0.03  # per octave, in favour of the higher candidate, as in the paper (0.01 there, for speech)
QUIET: Final = 1e-3  # frames 30 dB below the loudest do not vote


class Pitch(NamedTuple):
    """What can be said of a whole clip."""

    f0_hz: float | None
    voicing: float
    hnr_db: float


def measure_pitch(samples: Samples) -> Pitch:
    """Median pitch, fraction of voiced frames and mean HNR of mono 48 kHz."""
    frames = sounding_frames(samples)
    if not frames.size:
        return Pitch(None, 0.0, -20.0)
    strength, f0_hz = _periods(frames)
    energy = np.square(frames).sum(axis=1)
    voiced = strength >= VOICED
    clipped = np.clip(strength, 0.01, 0.9999)
    hnr = float(np.average(10.0 * np.log10(clipped / (1.0 - clipped)), weights=energy))
    median = float(np.median(f0_hz[voiced])) if voiced.any() else None
    return Pitch(median, float(voiced.mean()), hnr)


def sounding_frames(samples: Samples) -> NDArray[np.float64]:
    """float64 [frames, 3072], means off, quiet ones left out."""
    padded = np.pad(samples, (0, max(0, FRAME - samples.size))).astype(np.float64)
    views = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[::HOP]
    if views.shape[0] > MOST_FRAMES:
        views = views[np.linspace(0, views.shape[0] - 1, MOST_FRAMES).astype(int)]
    frames = views - views.mean(axis=1, keepdims=True)
    energy = np.square(frames).sum(axis=1)
    return np.asarray(frames[energy > QUIET * energy.max()]) if energy.max() > 0.0 else np.zeros((0, FRAME))


def _periods(frames: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(r at the best period, its frequency), each [frames]."""
    window = np.hanning(FRAME)
    correlation = _autocorrelation(frames * window) / np.maximum(_autocorrelation(window[None]), 1e-3)
    first, last = int(RATE_HZ / HIGHEST_HZ), int(RATE_HZ / LOWEST_HZ)
    lags = np.arange(first, last)
    part = correlation[:, first - 1 : last + 1]
    peak = (part[:, 1:-1] > part[:, :-2]) & (part[:, 1:-1] >= part[:, 2:])
    score = np.where(peak, part[:, 1:-1] - OCTAVE_COST * np.log2(lags / first), -1.0)
    best = score.argmax(axis=1)
    rows = np.arange(frames.shape[0])
    before, here, after = (part[rows, best + step] for step in range(3))
    bend = before - 2.0 * here + after
    shift = np.where(bend < 0.0, 0.5 * (before - after) / np.where(bend < 0.0, bend, -1.0), 0.0)
    strength = np.where(peak.any(axis=1), np.clip(here - 0.25 * (before - after) * shift, 0.0, 1.0), 0.0)
    return strength, RATE_HZ / (lags[best] + np.clip(shift, -0.5, 0.5))


def _autocorrelation(frames: NDArray[np.float64]) -> NDArray[np.float64]:
    """[frames, lags], 1 at lag 0."""
    size = 2 * FRAME
    spectrum = np.abs(np.fft.rfft(frames, size)) ** 2
    correlation = np.fft.irfft(spectrum, size)[:, : FRAME // 2 + 2]
    return np.asarray(correlation / np.maximum(correlation[:, :1], 1e-30))
