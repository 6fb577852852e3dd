"""Brightness: a filter of constant slope, and which slope brings a sound's spectral centroid where it should be."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from hobnail.audio import RATE_HZ
from hobnail_trainer.corpus.attributes import SPECTRUM_FRAME, average_spectrum
from hobnail_trainer.corpus.sound import Samples

STEEPEST: Final = 6.0  #: dB per octave; a tone's centroid does not move, however steep the tilt
TILT_FROM_HZ: Final = 60.0
TILT_TO_HZ: Final = 16_000.0
FILTER: Final = 8192
_FREQUENCY_HZ: Final = np.fft.rfftfreq(SPECTRUM_FRAME, 1.0 / RATE_HZ)


def centroid_of(samples: Samples) -> float:
    """Spectral centroid in Hz, as the corpus measures it."""
    power = average_spectrum(samples)
    return float((power * _FREQUENCY_HZ).sum() / max(float(power.sum()), 1e-30))


def tilt_for(samples: Samples, centroid_hz: float) -> float:
    """The tilt in dB per octave that brings the spectral centroid to ``centroid_hz``; found by halving."""
    power = average_spectrum(samples)
    place = _octaves_from_1_khz(_FREQUENCY_HZ)
    low, high = -STEEPEST, STEEPEST
    for _ in range(30):
        tilt = 0.5 * (low + high)
        tilted_power = power * 10.0 ** (tilt * place / 10.0)
        found_hz = float((tilted_power * _FREQUENCY_HZ).sum() / max(float(tilted_power.sum()), 1e-30))
        low, high = (tilt, high) if found_hz < centroid_hz else (low, tilt)
    return 0.5 * (low + high)


def tilted(samples: Samples, tilt_db_per_octave: float) -> Samples:
    """Through a filter of that slope between 60 Hz and 16 kHz, flat beyond; float32 [frames].

    It is made minimum-phase from its cepstrum (Oppenheim and Schafer, "Discrete-Time Signal Processing", 13.5), so that
    nothing sounds before the blow.
    """
    frequency = np.fft.rfftfreq(FILTER, 1.0 / RATE_HZ)
    log_gain = tilt_db_per_octave * _octaves_from_1_khz(frequency) * np.log(10.0) / 20.0
    cepstrum = np.fft.irfft(log_gain, FILTER)
    cepstrum[1 : FILTER // 2] *= 2.0
    cepstrum[FILTER // 2 + 1 :] = 0.0
    response = np.fft.irfft(np.exp(np.fft.rfft(cepstrum)), FILTER)[: FILTER // 2]
    size = 1 << int(samples.size + FILTER).bit_length()
    result = np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(response, size), size)
    return np.asarray(result[: samples.size], dtype=np.float32)


def _octaves_from_1_khz(frequency_hz: NDArray[np.floating]) -> NDArray[np.float64]:
    return np.asarray(np.log2(np.clip(frequency_hz, TILT_FROM_HZ, TILT_TO_HZ) / 1000.0))
