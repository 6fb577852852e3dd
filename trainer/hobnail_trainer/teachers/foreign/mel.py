"""Mel spectrograms as the foreign teachers were taught with, from mono 16 kHz; numpy only.

*Decibels* (ATST-Frame, Dasheng; what torchaudio's MelSpectrogram and AmplitudeToDB give): windows centred on every
160th sample, the ends mirrored, periodic Hann, powers; triangles between points equally spaced in HTK's mel, their
sides straight over *hertz*; 10 log10, nothing more than ``top_db`` below the loudest.

*Kaldi's* (BEATs): windows of 25 ms every 10 ms inside the sound, each less its mean, then x[n] - 0.97 x[n - 1],
Povey's window, powers of 512 points; triangles from 20 Hz to 8 kHz straight over *mel*; natural logarithm.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from hobnail_trainer.teachers.contract import Features, Samples

HEARD_HZ: Final = 16_000
STEP: Final = 160  #: samples between spectra, 10 ms

KALDI_WINDOW: Final = 400
KALDI_FFT: Final = 512
FULL_SCALE: Final = 32_768.0


def decibels(samples: Samples, *, window: int, bands: int, low_hz: float, high_hz: float, top_db: float) -> Features:
    """float32 [1 + frames // 160, bands]; the sound must be longer than half a window."""
    padded = np.pad(samples, window // 2, mode="reflect")
    hann = (0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(window) / window)).astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(padded, window)[::STEP]
    power = np.square(np.abs(np.fft.rfft(frames * hann)))
    mel = power @ triangles_over_hertz(bands, window, low_hz=low_hz, high_hz=high_hz)
    levels = 10.0 * np.log10(np.maximum(mel, 1e-10))
    return np.asarray(np.maximum(levels, levels.max() - top_db), dtype=np.float32)


def kaldi(samples: Samples, bands: int) -> Features:
    """float32 [1 + (frames - 400) // 160, bands], as Kaldi's fbank gives it, of at least 400 samples."""
    frames = np.lib.stride_tricks.sliding_window_view(samples * np.float32(FULL_SCALE), KALDI_WINDOW)[::STEP]
    frames = frames - frames.mean(axis=1, keepdims=True)
    frames = frames - np.float32(0.97) * np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)
    hann = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(KALDI_WINDOW) / (KALDI_WINDOW - 1))
    power = np.square(np.abs(np.fft.rfft(frames * (hann**0.85).astype(np.float32), KALDI_FFT)))
    mel = power[:, : KALDI_FFT // 2] @ _triangles_over_mel(bands)
    return np.asarray(np.log(np.maximum(mel, np.finfo(np.float32).eps)), dtype=np.float32)


def triangles_over_hertz(bands: int, fft: int, *, low_hz: float, high_hz: float) -> NDArray[np.float64]:
    """[fft // 2 + 1, bands], peaks of 1."""
    mels = np.linspace(2595.0 * np.log10(1.0 + low_hz / 700.0), 2595.0 * np.log10(1.0 + high_hz / 700.0), bands + 2)
    edges = 700.0 * (10.0 ** (mels / 2595.0) - 1.0)
    bins = np.linspace(0.0, HEARD_HZ // 2, fft // 2 + 1)[:, None]
    rising = (bins - edges[:-2]) / np.diff(edges)[:-1]
    falling = (edges[2:] - bins) / np.diff(edges)[1:]
    return np.asarray(np.maximum(0.0, np.minimum(rising, falling)))


def _triangles_over_mel(bands: int) -> NDArray[np.float64]:
    """[KALDI_FFT // 2, bands]: Kaldi leaves the bin at half the rate out."""
    low, high = (1127.0 * np.log(1.0 + hz / 700.0) for hz in (20.0, HEARD_HZ / 2.0))
    step = (high - low) / (bands + 1)
    left = low + step * np.arange(bands)
    bins = 1127.0 * np.log(1.0 + np.arange(KALDI_FFT // 2)[:, None] * HEARD_HZ / KALDI_FFT / 700.0)
    return np.asarray(np.maximum(0.0, np.minimum(bins - left, left + 2.0 * step - bins) / step))
