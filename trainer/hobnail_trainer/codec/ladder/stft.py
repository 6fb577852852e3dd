"""Short-time spectra and back. Frames are centred at multiples of the hop, the first at the first sample."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from hobnail_trainer.corpus.sound import Samples

Complex = NDArray[np.complex64]
Float = NDArray[np.float32]


def hann(size: int) -> Float:
    """A periodic Hann window."""
    return np.asarray(0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(size) / size), dtype=np.float32)


def spectra(samples: Samples, size: int, hop: int) -> Complex:
    """complex64 [frames / hop + 1, size / 2 + 1]; frames beyond the sound are silence."""
    count = -(-samples.size // hop) + 1
    padded = np.pad(samples, (size // 2, max(0, (count - 1) * hop + size // 2 - samples.size)))
    views = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop][:count]
    return np.asarray(np.fft.rfft(views * hann(size)), dtype=np.complex64)


def sound_of(spectrum: Complex, size: int, hop: int, frames: int) -> Samples:
    """The sound whose spectra come nearest (Griffin and Lim 1984), float32 [frames]."""
    window = hann(size)
    sound = overlapped(np.fft.irfft(spectrum, size).astype(np.float32) * window, hop)
    weight = overlapped(np.broadcast_to(np.square(window), (len(spectrum), size)), hop)
    return np.asarray((sound / np.maximum(weight, 1e-3))[size // 2 : size // 2 + frames], dtype=np.float32)


def overlapped(frames: NDArray[np.float32], hop: int) -> Float:
    """Frames [count, size], each ``hop`` after the last, added up; ``size`` is a multiple of ``hop``."""
    count, size = frames.shape
    parts = size // hop
    out = np.zeros((count + parts - 1, hop), np.float32)
    for part in range(parts):
        out[part : part + count] += frames[:, part * hop : (part + 1) * hop]
    return out.ravel()


def with_random_phases(magnitudes: Float, size: int, hop: int, frames: int, seed: int) -> Samples:
    """Sound of magnitudes [count, bins] whose phases are chance.

    Frames of independent phases add as powers, where those of one sound add as amplitudes, so size / hop of the power
    would be lost: it is put back.
    """
    chance = np.random.default_rng(seed)
    phases = chance.random(magnitudes.shape, dtype=np.float32) * np.float32(2.0 * np.pi)
    spectrum = (magnitudes * np.exp(1j * phases)).astype(np.complex64)
    return sound_of(spectrum, size, hop, frames) * np.float32(math.sqrt(size / hop))
