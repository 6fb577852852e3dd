"""Mel spectrograms as the judges were taught with; numpy only.

YAMNet: frames of 400 samples every 160 at 16 kHz (25 ms, 10 ms), the first at sample 0; periodic Hann, FFT of 512,
*magnitudes*; 64 triangles between 125 and 7,500 Hz, equally spaced and linear in mel, peaks of 1; ln(mel + 0.001).

aiSFX: frames of 2,048 every 1,024 at 44.1 kHz, the first centred on sample 0; symmetric Hann, not normalised, *powers*;
96 triangles from 0 to 22,050 Hz, linear in mel, each summing to 1; log10(10,000 mel + 1).

Mel is HTK's: 2595 log10(1 + f / 700).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float32]

YAMNET_RATE_HZ: Final = 16_000
YAMNET_HOP: Final = 160
YAMNET_WINDOW: Final = 400
YAMNET_FFT: Final = 512
YAMNET_BANDS: Final = 64

AISFX_RATE_HZ: Final = 44_100
AISFX_HOP: Final = 1024
AISFX_WINDOW: Final = 2048
AISFX_BANDS: Final = 96


def yamnet_spectrogram(samples: Float) -> Float:
    """Mono 16 kHz [frames], at least 400 of them -> log-mel float32 [1 + (frames - 400) // 160, 64]."""
    window = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(YAMNET_WINDOW) / YAMNET_WINDOW)
    spectrum = np.abs(np.fft.rfft(framed(samples, YAMNET_WINDOW, YAMNET_HOP) * np.float32(window), YAMNET_FFT))
    bands = mel_triangles(YAMNET_BANDS, YAMNET_FFT, YAMNET_RATE_HZ, low_hz=125.0, high_hz=7500.0)
    return np.asarray(np.log(spectrum @ bands + 0.001), dtype=np.float32)


def aisfx_spectrogram(samples: Float) -> Float:
    """Mono 44.1 kHz [frames] -> log-mel float32 [1 + (frames - 1) // 1024, 96]; 0 is silence."""
    half = AISFX_WINDOW // 2
    padded = np.pad(samples, (half, AISFX_WINDOW))
    window = np.float32(np.hanning(AISFX_WINDOW))
    frames = framed(padded, AISFX_WINDOW, AISFX_HOP)[: 1 + (samples.size - 1) // AISFX_HOP]
    power = np.abs(np.fft.rfft(frames * window)) ** 2
    bands = mel_triangles(AISFX_BANDS, AISFX_WINDOW, AISFX_RATE_HZ, low_hz=0.0, high_hz=22_050.0)
    bands /= bands.sum(axis=0, keepdims=True)
    return np.asarray(np.log10(10_000.0 * (power @ bands) + 1.0), dtype=np.float32)


def framed(samples: Float, window: int, hop: int) -> Float:
    """Overlapping frames, a view: [frames] -> [1 + (frames - window) // hop, window]."""
    return np.lib.stride_tricks.sliding_window_view(samples, window)[::hop]


def mel_triangles(bands: int, fft: int, rate_hz: int, *, low_hz: float, high_hz: float) -> Float:
    """Weights [fft // 2 + 1, bands] of triangles that rise and fall linearly in mel; the bin at 0 Hz weighs nothing."""
    bins = hz_to_mel(np.arange(fft // 2 + 1) * rate_hz / fft)[:, None]
    edges = np.linspace(hz_to_mel(np.array(low_hz)), hz_to_mel(np.array(high_hz)), bands + 2)
    low, centre, high = edges[:-2], edges[1:-1], edges[2:]
    weights = np.minimum((bins - low) / (centre - low), (high - bins) / (high - centre))
    weights[0] = 0.0
    return np.asarray(np.maximum(weights, 0.0), dtype=np.float32)


def hz_to_mel(hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """HTK's mel scale."""
    return np.asarray(2595.0 * np.log10(1.0 + hz / 700.0))
