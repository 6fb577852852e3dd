"""What can be wrong with a sound, at a level from 0 (nothing) to 1. Pure: sound in, sound out, peak at 0.9 again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from hobnail.audio import RATE_HZ
from hobnail_trainer.corpus.sound import Samples
from hobnail_trainer.evaluate.held import window

Degrade = Callable[[Samples, float, np.random.Generator], Samples]


def noisy(samples: Samples, level: float, chance: np.random.Generator) -> Samples:
    """White noise, from 50 dB below the sound's power to 5 dB above."""
    if level <= 0.0:
        return samples
    gain = 10.0 ** ((-50.0 + 55.0 * level) / 20.0) * _rms(samples)
    return samples + chance.normal(0.0, 1.0, samples.size).astype(np.float32) * np.float32(gain)


def dull(samples: Samples, level: float, _: np.random.Generator) -> Samples:
    """Nothing above a limit, from 20 kHz down to 600 Hz."""
    limit = 20_000.0 * (600.0 / 20_000.0) ** level
    hz = np.fft.rfftfreq(samples.size, 1.0 / RATE_HZ)
    return np.fft.irfft(np.fft.rfft(samples) / (1.0 + (hz / limit) ** 12), samples.size).astype(np.float32)


def clipped(samples: Samples, level: float, _: np.random.Generator) -> Samples:
    """Cut off at a share of the peak, from all down to a fiftieth."""
    most = np.float32(np.abs(samples).max(initial=0.0) * 50.0**-level)
    return np.clip(samples, -most, most)


def rough(samples: Samples, level: float, chance: np.random.Generator) -> Samples:
    """Frames of 10 ms at levels of their own, up to 12 dB of spread."""
    frames = -(-samples.size // 480)
    gains = 10.0 ** (12.0 * level * chance.standard_normal(frames) / 20.0)
    return samples * np.repeat(gains, 480)[: samples.size].astype(np.float32)


def smeared(samples: Samples, level: float, chance: np.random.Generator) -> Samples:
    """Phases of a long transform turned at random: attacks dissolve, spectra stay."""
    size, hop = 8192, 2048
    padded = np.pad(samples, (size, size))
    out = np.zeros(padded.size)
    shape = np.hanning(size)
    for at in range(0, padded.size - size, hop):
        spectrum = np.fft.rfft(padded[at : at + size] * shape)
        turned = spectrum * np.exp(1j * np.pi * level * chance.uniform(-1.0, 1.0, spectrum.size))
        out[at : at + size] += np.fft.irfft(turned, size) * shape
    return np.asarray(out[size : size + samples.size] / 1.5, np.float32)


def coarse(samples: Samples, level: float, _: np.random.Generator) -> Samples:
    """Rounded, from 14 bits down to 2."""
    steps = 2.0 ** (13.0 - 12.0 * level)
    return np.asarray(np.round(samples * steps) / steps, np.float32)


def gapped(samples: Samples, level: float, chance: np.random.Generator) -> Samples:
    """Hops of 10.7 ms that are silent, up to half of them."""
    frames = -(-samples.size // 512)
    there = (chance.random(frames) >= 0.5 * level).astype(np.float32)
    return samples * np.repeat(there, 512)[: samples.size]


def holed(samples: Samples, level: float, chance: np.random.Generator) -> Samples:
    """Bands of a sixth of an octave missing, up to three quarters of them."""
    hz = np.maximum(np.fft.rfftfreq(samples.size, 1.0 / RATE_HZ), 20.0)
    band = np.floor(6.0 * np.log2(hz / 20.0)).astype(int)
    there = (chance.random(band.max() + 1) >= 0.75 * level).astype(np.float64)
    return np.fft.irfft(np.fft.rfft(samples) * np.maximum(there[band], 1e-3), samples.size).astype(np.float32)


LEARNT: Final[dict[str, Degrade]] = {"noisy": noisy, "dull": dull, "clipped": clipped, "rough": rough}
UNSEEN: Final[dict[str, Degrade]] = {"smeared": smeared, "coarse": coarse, "gapped": gapped, "holed": holed}


def degraded(how: Degrade, samples: Samples, level: float, chance: np.random.Generator) -> Samples:
    """A window of it, levelled as every window is."""
    return window(how(samples, level, chance))


def _rms(samples: Samples) -> float:
    return float(np.sqrt(np.square(samples, dtype=np.float64).mean()))
