"""How near the measured pitch of notes comes to the true one: a check of the font, and of the measure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable

import msgspec

from hobnail_trainer.corpus.notes.model import Note, frequency_hz
from hobnail_trainer.corpus.pitch import HIGHEST_HZ, LOWEST_HZ


class Tuning(msgspec.Struct, frozen=True, kw_only=True):
    """Of one instrument. Drums, and notes outside what :mod:`hobnail_trainer.corpus.pitch` hears, do not count."""

    within_50_cents: float  #: share of the notes, 0..1
    wrong_octave: float  #: share that is right but for whole octaves
    unvoiced: float  #: share in which no pitch was found
    notes: int


def tuning(measured: Iterable[tuple[Note, float | None]]) -> dict[str, Tuning]:
    """Program -> its tuning, from pairs of a note and the pitch in Hz that was measured."""
    errors: dict[str, list[float]] = defaultdict(list)
    for note, found_hz in measured:
        true_hz = frequency_hz(note.midi)
        if note.program.pitched and LOWEST_HZ < true_hz < HIGHEST_HZ:
            errors[note.program.name].append(12.0 * math.log2(found_hz / true_hz) if found_hz else math.inf)
    return {name: _tuning(semitones) for name, semitones in sorted(errors.items())}


def _tuning(semitones: list[float]) -> Tuning:
    count = len(semitones)
    heard = [error for error in semitones if math.isfinite(error)]
    right = sum(abs(error) <= 0.5 for error in heard)
    octaves = sum(abs(error) > 0.5 and abs(error - 12.0 * round(error / 12.0)) <= 0.5 for error in heard)
    return Tuning(
        within_50_cents=round(right / count, 3),
        wrong_octave=round(octaves / count, 3),
        unvoiced=round(1.0 - len(heard) / count, 3),
        notes=count,
    )
