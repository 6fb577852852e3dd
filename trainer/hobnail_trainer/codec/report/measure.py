"""One rung through everything that is listened to."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from hobnail.audio import RATE_HZ
from hobnail_trainer.codec.clips import LEAD, Listening
from hobnail_trainer.codec.judging import half_against_half, judged, moved
from hobnail_trainer.codec.ladder import RECORDING, Rung
from hobnail_trainer.codec.ladder.bands import BandScale
from hobnail_trainer.codec.ladder.stft import Float
from hobnail_trainer.codec.measures import (
    attack_of,
    compare_attacks,
    compare_partials,
    level_error_db,
    log_mel_l1,
    modulation_difference,
    modulation_spectrum,
    pre_echo_db,
)
from hobnail_trainer.codec.measures.modulation import Modulation
from hobnail_trainer.codec.model import Interval, RungResult
from hobnail_trainer.corpus.sound import Samples
from hobnail_trainer.judges import Judge, embed_set
from hobnail_trainer.judges.model import Embedding


@dataclass(frozen=True, slots=True)
class Reference:
    """What every rung is compared with, measured once."""

    listening: Listening
    judges: Sequence[Judge]
    store: Path  #: of embeddings
    seed: int
    scale: BandScale
    families: tuple[str, ...]  #: of the windows
    embeddings: dict[str, Embedding]
    modulation: tuple[Modulation, ...]
    log_powers: tuple[Float, ...]

    @classmethod
    def of(cls, listening: Listening, judges: Sequence[Judge], store: Path, seed: int) -> Reference:
        """Embed and measure the recordings."""
        sounds, scale = [heard.samples for heard in listening.windows], BandScale()
        return cls(
            listening=listening,
            judges=judges,
            store=store,
            seed=seed,
            scale=scale,
            families=tuple(heard.clip.family for heard in listening.windows),
            embeddings={judge.name: embed_set(judge, sounds, store=store) for judge in judges},
            modulation=tuple(modulation_spectrum(samples) for samples in sounds),
            log_powers=tuple(scale.log_powers(samples) for samples in sounds),
        )


@dataclass(frozen=True, slots=True)
class Measured:
    """A row of the ladder, and what each window became."""

    row: RungResult
    sounds: tuple[Samples, ...]
    embeddings: dict[str, Embedding]
    modulation_db: tuple[float, ...]
    level_db: tuple[float, ...]
    moved: np.ndarray  #: float64 [windows], mean over judges


def measure_rung(reference: Reference, rung: Rung) -> Measured:
    """Render everything through a rung, and measure it."""
    windows = reference.listening.windows
    began = time.process_time()
    sounds = tuple(rung.render(heard.samples, reference.seed + number) for number, heard in enumerate(windows))
    cpu_ms = 1000.0 * (time.process_time() - began) / (sum(each.size for each in sounds) / RATE_HZ)
    pairs = list(zip((heard.samples for heard in windows), sounds, strict=True))
    modulation = [
        modulation_difference(before, modulation_spectrum(after))
        for before, after in zip(reference.modulation, sounds, strict=True)
    ]
    level = [level_error_db(before, after) for before, after in pairs]
    log_mel = [
        log_mel_l1(reference.scale, before, after) for before, after in zip(reference.log_powers, sounds, strict=True)
    ]
    embeddings = {judge.name: embed_set(judge, sounds, store=reference.store) for judge in reference.judges}
    of = reference.families
    partial_hz, partial_decay = _rings(reference, rung)
    attacks = _attacks(reference, rung)
    row = RungResult(
        id=rung.id,
        about=rung.about,
        dimensions=rung.dimensions,
        latents_hz=rung.latents_hz,
        lag_ms=rung.lag_ms,
        cpu_ms=cpu_ms,
        kad={
            name: half_against_half(reference.embeddings[name], of, seed=reference.seed)
            if rung.id == RECORDING
            else judged(reference.embeddings[name], embedding, of)
            for name, embedding in embeddings.items()
        },
        modulation_db=Interval.median([distance for distance, _ in modulation], of),
        modulation_bias_db=Interval.median([bias for _, bias in modulation], of),
        level_db=Interval.median(level, of),
        level_error_db=Interval.median([abs(each) for each in level], of),
        log_mel=Interval.median(log_mel, of),
        partial_hz=partial_hz,
        partial_decay=partial_decay,
        attack_ms=attacks.late_ms,
        first_attack_ms=attacks.first_late_ms,
        rise_ms=attacks.rise_ms,
        pre_echo_db=attacks.pre_echo_db,
    )
    return Measured(
        row=row,
        sounds=sounds,
        embeddings=embeddings,
        modulation_db=tuple(distance for distance, _ in modulation),
        level_db=tuple(level),
        moved=_moved(reference, embeddings),
    )


def _rings(reference: Reference, rung: Rung) -> tuple[Interval, Interval]:
    """Errors of frequencies and of decay times."""
    hz: list[tuple[float, str]] = []
    decay: list[tuple[float, str]] = []
    for number, ring in enumerate(reference.listening.rings):
        other = rung.render(ring.samples, reference.seed + number)
        for error in compare_partials(ring.partials, ring.samples, other):
            hz.append((error.hz, ring.clip.family))
            if error.decay is not None:
                decay.append((error.decay, ring.clip.family))
    return _median(hz), _median(decay)


class _Attacks(NamedTuple):
    late_ms: Interval
    first_late_ms: Interval
    rise_ms: Interval
    pre_echo_db: Interval


def _attacks(reference: Reference, rung: Rung) -> _Attacks:
    rows: list[tuple[float, float, float, float]] = []
    for number, (_, samples) in enumerate(reference.listening.attacks):
        other = rung.render(samples, reference.seed + number)
        first = rung.render(samples[LEAD:], reference.seed + number)
        attack, alone = attack_of(samples), attack_of(samples[LEAD:])
        assert attack is not None  # what is silent was not chosen
        assert alone is not None
        late, rise = compare_attacks(attack, other)
        rows.append((late, compare_attacks(alone, first)[0], rise, pre_echo_db(other, at_frame=LEAD)))
    families = [heard.clip.family for heard in reference.listening.attacks]
    columns = zip(*rows, strict=True) if rows else [(), (), (), ()]
    return _Attacks(*(Interval.median(values, families) for values in columns))


def _median(values: Sequence[tuple[float, str]]) -> Interval:
    return Interval.median([value for value, _ in values], [family for _, family in values])


def _moved(reference: Reference, embeddings: dict[str, Embedding]) -> np.ndarray:
    each = [moved(reference.embeddings[name], embedding) for name, embedding in embeddings.items()]
    return np.asarray(np.mean(each, axis=0)) if each else np.zeros(len(reference.families))
