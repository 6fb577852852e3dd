"""How sounds go: modulation from 4 to 200 Hz, density of onsets, how long they last and die away, whether they end.

Each is a distribution over a set, held against that of the recordings of the same clips; distances of durations and
decay times are octaves between quantiles (Wasserstein's). Decay is Schroeder's: energy that is still to come, from -5
to -25 dB, times three. A sound is over where it stays 40 dB below its loudest 10 ms.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from hobnail.audio import RATE_HZ
from hobnail_trainer.codec.clips import RINGING
from hobnail_trainer.codec.measures import modulation_spectrum, ringing_partials
from hobnail_trainer.codec.measures.modulation import FLOOR, STEPS_HZ
from hobnail_trainer.corpus.attributes import onset_frames
from hobnail_trainer.corpus.model import Clip
from hobnail_trainer.corpus.sound import Samples
from hobnail_trainer.suite.hearing import Hearing
from hobnail_trainer.suite.intervals import Places, mean_of, median_of, resampled, wasserstein
from hobnail_trainer.suite.listening import LONGEST
from hobnail_trainer.suite.model import Structure, StructureRow
from hobnail_trainer.suite.sets import CODEC, MODEL, NEAREST, RECORDING, RULES, SoundSet

SETS: Final = (RECORDING, CODEC, MODEL, NEAREST, RULES)
BLOCK: Final = RATE_HZ // 100
OVER_DB: Final = 40.0
LEAST_S: Final = 0.01


def measure_structure(hearing: Hearing, *, tell: Callable[[str], None]) -> Structure:
    """A row for every set whose sounds are heard whole."""
    rows, modulation, durations = [], {}, {}
    real = hearing.sets[RECORDING]
    for name in SETS:
        sounds = hearing.sets[name]
        if not sounds.places:
            continue
        tell(f"structure: {name}")
        same = real.only(sounds.places)
        clips = [hearing.listening.clips[place].clip for place in sounds.places]
        rows.append(_row(sounds, same, clips))
        modulation[name] = (10.0 * np.log10(_depths(sounds).mean(axis=0) + FLOOR)).tolist()
        durations[name] = [round(duration_s(samples), 3) for samples in sounds.whole]
    return Structure(
        rows=rows,
        modulation_hz=np.sqrt(STEPS_HZ[1:] * STEPS_HZ[:-1]).tolist(),
        modulation=modulation,
        durations=durations,
    )


def _row(sounds: SoundSet, real: SoundSet, clips: Sequence[Clip]) -> StructureRow:
    families = [clip.family for clip in clips]
    ours, theirs = _depths(sounds), _depths(real)

    def apart(places: Places) -> float:
        pair = [10.0 * np.log10(each[places].mean(axis=0) + FLOOR) for each in (ours, theirs)]
        return float(np.abs(pair[0] - pair[1]).mean())

    lasts, real_lasts = (np.array([duration_s(each) for each in part.whole]) for part in (sounds, real))
    decays, real_decays = (np.array([decay_s(each) for each in part.whole]) for part in (sounds, real))
    ringing = [
        len(ringing_partials(samples))
        for samples, clip in zip(sounds.whole, clips, strict=True)
        if RINGING & set(clip.materials) or "bell" in clip.captions.exact
    ]
    return StructureRow(
        name=sounds.name,
        clips=len(clips),
        modulation_db=resampled(families, apart, draws=300),
        onsets_per_s=mean_of([_density(samples) for samples in sounds.whole], families),
        duration_s=median_of(lasts, families),
        duration_apart=_octaves_apart(lasts, real_lasts),
        decay_s=median_of(decays, families),
        decay_apart=_octaves_apart(decays, real_decays),
        ends=mean_of([float(ends(samples)) for samples in sounds.whole], families),
        ringing=mean_of([float(each) for each in ringing]),
    )


def duration_s(samples: Samples) -> float:
    """From its first sample to where it stays 40 dB below its loudest 10 ms."""
    powers = _powers(samples)
    loud = np.flatnonzero(powers > 10.0 ** (-OVER_DB / 10.0) * powers.max(initial=0.0))
    return float((loud[-1] + 1) * BLOCK / RATE_HZ) if loud.size else 0.0


def ends(samples: Samples) -> bool:
    """Whether it is over before four seconds are."""
    return duration_s(samples) < LONGEST / RATE_HZ - 0.1


def decay_s(samples: Samples) -> float:
    """Time to fall by 60 dB from its loudest moment on; NaN where it does not fall by 25."""
    powers = _powers(samples)
    if powers.max(initial=0.0) <= 0.0:
        return float("nan")
    after = powers[int(powers.argmax()) :]
    left = np.cumsum(after[::-1])[::-1]
    level = 10.0 * np.log10(np.maximum(left / left[0], 1e-12))
    below = [np.flatnonzero(level <= edge) for edge in (-5.0, -25.0)]
    if not below[1].size:
        return float("nan")
    first, last = int(below[0][0]), int(below[1][0])
    return max(LEAST_S, 3.0 * (last - first) * BLOCK / RATE_HZ)


def _powers(samples: Samples) -> np.ndarray:
    padded = np.pad(samples, (0, -samples.size % BLOCK))
    return np.asarray(np.square(padded.reshape(-1, BLOCK), dtype=np.float64).mean(axis=1))


def _density(samples: Samples) -> float:
    peak = float(np.abs(samples).max(initial=0.0))
    if peak < 1e-4:
        return float("nan")
    return len(onset_frames(samples / np.float32(peak))) / max(duration_s(samples), 0.1)


def _depths(sounds: SoundSet) -> np.ndarray:
    """Mean over bands of each window's modulation, [sounds, steps]."""
    return np.stack([_depth(samples) for samples in sounds.windows])


def _depth(samples: Samples) -> np.ndarray:
    found = modulation_spectrum(samples)
    weight = found.power / max(float(found.power.sum()), 1e-12)
    return np.asarray(weight @ found.depth)


def _octaves_apart(ours: np.ndarray, theirs: np.ndarray) -> float:
    logs = [np.log2(np.maximum(each[np.isfinite(each)], LEAST_S)) for each in (ours, theirs)]
    return wasserstein(logs[0], logs[1])
