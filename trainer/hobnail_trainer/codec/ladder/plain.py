"""Rungs without anything fitted: Opus, true magnitudes, true bands, and noise with the true envelope."""

from __future__ import annotations

import io
import math
from typing import Final

import numpy as np
import soundfile

from hobnail.audio import RATE_HZ
from hobnail_trainer.codec.ladder.bands import HOP, SIZE, BandScale
from hobnail_trainer.codec.ladder.stft import hann, sound_of, spectra, with_random_phases
from hobnail_trainer.corpus.sound import Samples

OPUS_BITS: Final = 40_000  #: a second
ITERATIONS: Final = 32
MOMENTUM: Final = 0.99
ENVELOPE: Final = 480  #: 10 ms


def opus(samples: Samples, seed: int) -> Samples:
    """Through Opus at about 40 kbit/s. libsndfile makes bits a second of its compression level: 256,000 - 250,000 c."""
    file = io.BytesIO()
    level = (256_000 - OPUS_BITS) / 250_000
    peak = max(1.0, float(np.abs(samples).max(initial=0.0)))
    with soundfile.SoundFile(file, "w", RATE_HZ, 1, "OPUS", format="OGG", compression_level=level) as sink:
        sink.write(samples / peak)
    file.seek(0)
    decoded, _ = soundfile.read(file, dtype="float32")
    return np.pad(decoded * np.float32(peak), (0, max(0, samples.size - decoded.size)))[: samples.size]


def griffin_lim(samples: Samples, seed: int) -> Samples:
    """True magnitudes, phases found again: fast Griffin-Lim (Perraudin, Balazs and Sondergaard, WASPAA 2013)."""
    magnitudes = np.abs(spectra(samples, SIZE, HOP))
    chance = np.random.default_rng(seed)
    phases = np.exp(2j * np.pi * chance.random(magnitudes.shape, dtype=np.float32))
    before = np.zeros_like(phases, dtype=np.complex64)
    guess = (magnitudes * phases).astype(np.complex64)
    for _ in range(ITERATIONS):
        found = spectra(sound_of(guess, SIZE, HOP, samples.size), SIZE, HOP)
        ahead = found + np.complex64(MOMENTUM) * (found - before)
        before = found
        guess = magnitudes * ahead / np.maximum(np.abs(ahead), np.float32(1e-9))
    return sound_of(guess, SIZE, HOP, samples.size)


def true_magnitudes(samples: Samples, seed: int, *, size: int, hop: int) -> Samples:
    """True magnitudes, phases of chance."""
    return with_random_phases(np.abs(spectra(samples, size, hop)), size, hop, samples.size, seed)


def true_bands(scale: BandScale, samples: Samples, seed: int) -> Samples:
    """96 true bands, phases of chance."""
    return with_random_phases(scale.magnitudes(scale.log_powers(samples)), SIZE, HOP, samples.size, seed)


def shaped_noise(samples: Samples, seed: int) -> Samples:
    """White noise with the root mean square that the sound has over 10 ms."""
    window = hann(ENVELOPE) / np.float32(hann(ENVELOPE).sum())
    size = 1 << (samples.size + ENVELOPE).bit_length()
    power = np.fft.irfft(np.fft.rfft(np.square(samples), size) * np.fft.rfft(window, size), size)
    envelope = np.sqrt(np.maximum(power[ENVELOPE // 2 : ENVELOPE // 2 + samples.size], 0.0))
    return np.asarray(np.random.default_rng(seed).standard_normal(samples.size) * envelope, dtype=np.float32)


def lag_ms(size: int) -> float:
    """A sample is known when the last frame that covers it is: half a frame later."""
    return math.floor(size / 2) * 1000.0 / RATE_HZ
