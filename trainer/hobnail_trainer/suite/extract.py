"""What sliders are read by: from samples, by other means than those of the loss, which reads latents.

brightness   spectral centroid, octaves above 1 kHz
moved        semitones by which the spectrum on a logarithmic scale has moved from another sound's
pitch        median f0 of voiced frames (autocorrelation), semitones above 55 Hz; NaN where less than half is voiced
intensity    A-weighted level of what sounds, dB
texture      harmonics over noise (autocorrelation), dB
crest        peak over level, dB
flatness     spectral flatness, dB
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hobnail.audio import RATE_HZ
from hobnail_trainer.corpus.attributes import SPECTRUM_FRAME, average_spectrum, spectral_flatness
from hobnail_trainer.corpus.pitch import measure_pitch
from hobnail_trainer.corpus.sound import Samples

Float64 = NDArray[np.float64]

MEASURES: Final = ("moved", "intensity", "texture", "brightness", "pitch", "crest", "flatness")
UNITS: Final = ("semitones", "dB", "dB", "octaves", "semitones", "dB", "dB")
OF_AXIS: Final = {"pitch": "moved", "intensity": "intensity", "texture": "texture"}
"""Which measure belongs to which control."""

STEPS: Final = 48  #: of the logarithmic spectrum, an octave
LOWEST_HZ: Final = 60.0
OCTAVES: Final = 8
FAR: Final = 18  #: semitones that are looked through, up and down
VOICED: Final = 0.5


def extract(samples: Samples, beside: Samples | None = None) -> Float64:
    """Every measure, float64 [MEASURES]; ``beside``: what the sound may have moved away from. NaN: cannot be said."""
    if not samples.any():
        return np.full(len(MEASURES), np.nan)
    pitch = measure_pitch(samples)
    power = average_spectrum(samples)
    hz = np.fft.rfftfreq(SPECTRUM_FRAME, 1.0 / RATE_HZ)
    level = weighted_level_db(samples)
    peak_db = 20.0 * float(np.log10(np.abs(samples).max()))
    rms_db = 10.0 * float(np.log10(np.square(samples, dtype=np.float64).mean() + 1e-12))
    centroid = float((power * hz).sum() / max(power.sum(), 1e-30))
    f0 = pitch.f0_hz if pitch.f0_hz is not None and pitch.voicing >= VOICED else None
    return np.array(
        [
            np.nan if beside is None else moved_semitones(log_spectrum(beside), log_spectrum(samples)),
            level,
            pitch.hnr_db,
            np.log2(max(centroid, 1.0) / 1000.0),
            np.nan if f0 is None else 12.0 * np.log2(f0 / 55.0),
            peak_db - rms_db,
            10.0 * np.log10(spectral_flatness(samples) + 1e-6),
        ]
    )


def weighted_level_db(samples: Samples) -> float:
    """A-weighted (IEC 61672) power of frames within 30 dB of the loudest, dB of full scale."""
    size = 1 << (samples.size - 1).bit_length()
    heard = np.fft.irfft(np.fft.rfft(samples, size) * _a_weights(size), size)[: samples.size]
    powers = np.square(heard[: samples.size // 480 * 480]).reshape(-1, 480).mean(axis=1)
    if not powers.size or powers.max() <= 0.0:
        return -120.0
    return 10.0 * float(np.log10(powers[powers >= 1e-3 * powers.max()].mean() + 1e-12))


def log_spectrum(samples: Samples) -> Float64:
    """Level in dB on a scale of equal ratios, what is 60 dB below the top cut off, mean off, float64 [384]."""
    power = average_spectrum(samples)
    hz = LOWEST_HZ * 2.0 ** (np.arange(OCTAVES * STEPS) / STEPS)
    level = 10.0 * np.log10(np.interp(hz, np.fft.rfftfreq(SPECTRUM_FRAME, 1.0 / RATE_HZ), power) + 1e-12)
    level = np.maximum(level, level.max() - 60.0)
    return np.asarray(level - level.mean())


def moved_semitones(before: Float64, after: Float64) -> float:
    """The shift at which two logarithmic spectra agree best, refined by a parabola; positive: up."""
    steps = FAR * STEPS // 12
    scores = np.array([_agreement(before, after, shift) for shift in range(-steps, steps + 1)])
    best = int(np.argmax(scores))
    shift = float(best - steps)
    if 0 < best < len(scores) - 1:
        left, here, right = scores[best - 1 : best + 2]
        bend = left - 2.0 * here + right
        shift += 0.5 * (left - right) / bend if bend < 0.0 else 0.0
    return 12.0 * shift / STEPS


def _agreement(before: Float64, after: Float64, shift: int) -> float:
    a, b = (before[: len(before) - shift], after[shift:]) if shift >= 0 else (before[-shift:], after[:shift])
    a, b = a - a.mean(), b - b.mean()
    return float(a @ b / max(np.sqrt((a @ a) * (b @ b)), 1e-12))


@lru_cache(maxsize=8)
def _a_weights(size: int) -> Float64:
    f = np.square(np.fft.rfftfreq(size, 1.0 / RATE_HZ))
    top = 12194.0**2 * f**2
    below = (f + 20.6**2) * np.sqrt((f + 107.7**2) * (f + 737.9**2)) * (f + 12194.0**2)
    return np.asarray(1.2589 * top / np.maximum(below, 1e-9))
