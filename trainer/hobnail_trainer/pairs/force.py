"""Intensity by a known amount: how a harder or softer blow sounds, which is not gain alone.

A harder blow is louder, brighter and quicker. How much for each dB was measured on the corpus, on takes of one family
at different levels (:mod:`hobnail_trainer.pairs.fit`; docs/pairs.md has numbers and errors). It agrees with
Hertz's law of contact, by which the time of contact falls with the fifth root of speed: 0.033 octaves per dB. That
decay changes with level was not found, so decay is left alone.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from hobnail_trainer.corpus.attributes import loudness_lufs
from hobnail_trainer.corpus.sound import Samples
from hobnail_trainer.errors import CorpusError
from hobnail_trainer.pairs.tilt import centroid_of, tilt_for, tilted
from hobnail_trainer.pairs.usable import check_usable

SWING_DB: Final = 12.0  #: level at intensity 1
CENTROID_OCTAVES_PER_DB: Final = 0.029
ATTACK_OCTAVES_PER_DB: Final = -0.031
ENVELOPE_BLOCK: Final = 24  #: 0.5 ms, as in the measure of attack
SHORTEST_ATTACK_BLOCKS: Final = 6  #: 3 ms; what is shorter is the smoothing of the measure itself
MOST_CUT: Final = 0.1  #: of the amplitude, while an attack is shaped


class Struck(NamedTuple):
    """A sound as if struck harder or softer, and what was done."""

    samples: Samples
    level_db: float  #: how much louder it became
    tilt_db_per_octave: float
    attack_ms_ratio: float  #: length of the attack over what it was; 1 where there was none to change


def struck(samples: Samples, intensity: float) -> Struck:
    """Intensity -1 (12 dB softer) .. 1 (12 dB harder). Peaks may exceed 1. Raises CorpusError."""
    check_usable(samples)
    if not -1.0 <= intensity <= 1.0:
        raise CorpusError(f"intensity is {intensity}, expected -1 to 1.", cure="Give an intensity from -1 to 1.")
    level_db = SWING_DB * intensity
    tilt = tilt_for(samples, centroid_of(samples) * 2.0 ** (CENTROID_OCTAVES_PER_DB * level_db))
    ratio = 2.0 ** (ATTACK_OCTAVES_PER_DB * level_db)
    gain = attack_gain(samples, ratio)
    changed = tilted(samples, tilt)
    if gain is not None:
        changed = changed * gain
    louder = loudness_lufs(samples) + level_db - loudness_lufs(changed)
    changed = np.asarray(changed * 10.0 ** (louder / 20.0), dtype=np.float32)
    return Struck(changed, level_db, tilt, ratio if gain is not None else 1.0)


def attack_gain(samples: Samples, ratio: float) -> Samples | None:
    """A gain, 0..1, [frames], that makes the main attack ``ratio`` times as long; None where it is too short to change.

    A shorter attack starts later and ends where it did; a longer one starts where it did and ends later. Both only take
    away, so that noise before the onset never rises.
    """
    envelope = np.maximum.reduceat(np.abs(samples), np.arange(0, samples.size, ENVELOPE_BLOCK))
    smooth = np.convolve(envelope, np.ones(6) / 6.0, mode="same") if envelope.size >= 6 else envelope
    high = int(np.argmax(smooth >= 0.9 * smooth.max()))
    below = np.flatnonzero(smooth[: high + 1] < 0.1 * smooth.max())
    low = int(below[-1]) + 1 if below.size else 0
    if high - low < SHORTEST_ATTACK_BLOCKS:
        return None
    blocks = np.arange(smooth.size, dtype=np.float64)
    if ratio <= 1.0:
        source = np.where((blocks >= low) & (blocks < high), high - (high - blocks) / ratio, blocks)
    else:
        end = low + ratio * (high - low)
        source = np.where((blocks > low) & (blocks < end), low + (blocks - low) / ratio, blocks)
    wanted = np.interp(source, blocks, smooth, left=0.0)
    gain = np.clip(wanted / np.maximum(smooth, 1e-9), MOST_CUT, 1.0)
    at = (blocks + 0.5) * ENVELOPE_BLOCK
    return np.asarray(np.interp(np.arange(samples.size), at, gain), dtype=np.float32)
