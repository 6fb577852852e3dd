"""Force as level and brightness: how loud a blow of so much energy is, and how a take is made to fit it."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from hobnail.audio import RATE_HZ, db_to_gain
from hobnail.scene import Contact
from hobnail_trainer.scenes.model import Samples

LOUDNESS_AT_1_J_LUFS = -26.0
DB_PER_ENERGY_DB = 0.8
"""Recordings are compressed by nature and by hand; full physics would drown every soft contact."""
SOFTEST_DB, HARDEST_DB = -34.0, 12.0
TILT_PER_DB = 0.09
"""Brightness for force, dB an octave per dB: a hard blow has the shorter contact."""
PIVOT_HZ = 1000.0
LARGEST_GAIN_DB = 30.0
"""A take is never lifted by more: its noise floor would come up with it."""


def energy_db(contact: Contact) -> float:
    """Energy that a contact gives up, dB above 1 J, held to what recordings can follow."""
    speed = contact.speed_m_s or 0.1
    impulse = contact.impulse_n_s if contact.impulse_n_s is not None else 0.5 * speed * (contact.mass_kg or 1.0)
    return float(np.clip(10.0 * math.log10(max(1e-9, 0.5 * impulse * speed)), SOFTEST_DB, HARDEST_DB))


def force(contact: Contact) -> float:
    """The same as 0 (softest) .. 1 (hardest)."""
    return (energy_db(contact) - SOFTEST_DB) / (HARDEST_DB - SOFTEST_DB)


def target_lufs(contact: Contact) -> float:
    """How loud it shall be."""
    return LOUDNESS_AT_1_J_LUFS + DB_PER_ENERGY_DB * energy_db(contact)


def gain_db(contact: Contact, loudness_lufs: float) -> float:
    """What brings a take of this loudness to the contact's."""
    return min(LARGEST_GAIN_DB, target_lufs(contact) - loudness_lufs)


def tilt_db(contact: Contact) -> float:
    """dB an octave: negative is duller."""
    return float(np.clip(TILT_PER_DB * energy_db(contact), -2.5, 1.0))


def tilted(samples: Samples, tilt_db_octave: float) -> Samples:
    """Brighter or duller around 1 kHz by so many dB an octave, from 100 Hz to 10 kHz; no delay, same length."""
    if abs(tilt_db_octave) < 0.01:
        return samples
    # Minimum phase, so that nothing sounds before the onset: zero phase would smear it both ways.
    size = 1 << int(np.ceil(np.log2(2 * samples.size + 1024)))
    response = _minimum_phase(round(tilt_db_octave, 2))
    spectrum = np.fft.rfft(samples, size) * np.fft.rfft(response, size)
    return np.asarray(np.fft.irfft(spectrum, size)[: samples.size], dtype=np.float32)


@cache
def _minimum_phase(tilt_db_octave: float) -> Samples:
    """The tilt as 1,024 taps, by folding the cepstrum of its magnitude."""
    size = 4096
    hz = np.clip(np.fft.rfftfreq(size, 1 / RATE_HZ), 100.0, 10_000.0)
    log_magnitude = np.log(db_to_gain(1.0)) * tilt_db_octave * np.log2(hz / PIVOT_HZ)
    cepstrum = np.fft.irfft(log_magnitude, size)
    cepstrum[1 : size // 2] *= 2.0
    cepstrum[size // 2 + 1 :] = 0.0
    return np.asarray(np.fft.irfft(np.exp(np.fft.rfft(cepstrum)), size)[:1024], dtype=np.float32)
