"""Short-time spectra and back. Hann windows for analysis and synthesis, divided by what they add up to."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from hobnail_trainer.corpus.sound import Samples

Spectra = NDArray[np.complex64]
"""complex64 [frames, bins]."""

QUARTER: Final = 4  #: windows overlap by three quarters


def spectra_of(samples: Samples, size: int) -> Spectra:
    """Spectra of frames of ``size``, a quarter of it apart; the first is centred on sample 0."""
    hop, half = size // QUARTER, size // 2
    count = -(-samples.size // hop) + 1
    padded = np.zeros((count - 1) * hop + size, np.float32)
    padded[half : half + samples.size] = samples
    views = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop]
    return np.asarray(np.fft.rfft(views * _window(size)), dtype=np.complex64)


def samples_of(spectra: Spectra, size: int, frames: int) -> Samples:
    """The inverse of :func:`spectra_of`, float32 [frames]."""
    hop, half = size // QUARTER, size // 2
    window = _window(size)
    pieces = np.fft.irfft(spectra, size).astype(np.float32) * window
    total = (len(pieces) - 1) * hop + size
    added, weight = np.zeros(total, np.float32), np.zeros(total, np.float32)
    for number, piece in enumerate(pieces):
        added[number * hop : number * hop + size] += piece
        weight[number * hop : number * hop + size] += window**2
    return np.asarray(added[half : half + frames] / np.maximum(weight[half : half + frames], 1e-3), np.float32)


def _window(size: int) -> NDArray[np.float32]:
    """Periodic Hann."""
    return np.asarray(0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(size) / size), dtype=np.float32)
