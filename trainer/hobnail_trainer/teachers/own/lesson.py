"""What our own teacher learns from: windows of spectra of train clips, made louder, mixed, and partly hidden."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hobnail_trainer.codec.clips import read_clip
from hobnail_trainer.corpus.licences import licence_family
from hobnail_trainer.corpus.manifest import read_manifest
from hobnail_trainer.corpus.model import Clip, Manifest
from hobnail_trainer.errors import TeacherError
from hobnail_trainer.reading.chances import chances
from hobnail_trainer.reading.model import Mixture
from hobnail_trainer.teachers.contract import Features
from hobnail_trainer.teachers.own.spec import LearningSettings
from hobnail_trainer.teachers.own.spectra import FLOOR, ROW, Ear

STORED: Final = np.float16  #: 3 decimals of log10: 0.01 dB
UNUSED: Final = 2**31  #: from this number on no batch is learnt from
EVERY: Final = 200  #: clips between two words about progress


class Heard(NamedTuple):
    """Clips, and what the ear made of each, float16 [hops, 128], with the gain of its family."""

    clips: list[Clip]
    rows: list[NDArray[np.float16]]


class Lesson(NamedTuple):
    """One batch. Rows are float32 [batch, hops, 128], log10 of power."""

    clean: Features
    mixed: Features
    hidden: NDArray[np.bool_]  #: [batch, hops]


def listen(corpus: Path, settings: LearningSettings, tell: Callable[[str], None]) -> tuple[Manifest, Heard]:
    """Recorded clips and notes of the train split whose licences are allowed. Raises CorpusError, TeacherError."""
    manifest = read_manifest(corpus)
    clips = [
        clip
        for clip in manifest.clips
        if clip.split == "train"
        and clip.origin in ("recorded", "note")
        and licence_family(clip.licence) in settings.licences
    ]
    if not clips:
        raise TeacherError(
            f"{corpus}: no train clip is under {', '.join(settings.licences)}.", cure="Give a larger corpus."
        )
    ear, rows = Ear(), []
    for number, clip in enumerate(clips):
        if number % EVERY == 0:
            tell(f"heard {number} of {len(clips)} clips")
        samples = read_clip(corpus, clip)[: clip.frames] * np.float32(10.0 ** (clip.family_gain_db / 20.0))
        rows.append(ear.rows(samples).astype(STORED))
    return manifest, Heard(clips, rows)


class Lessons:
    """Draws batches; batch n depends on the seed, n and what was heard only. [one thread]"""

    def __init__(self, heard: Heard, settings: LearningSettings) -> None:
        likely = chances(heard.clips, Mixture(origins={"recorded": 1.0, "note": settings.notes}))
        if not likely.any():
            raise TeacherError(
                "the mixture leaves every clip out.", cure="Let notes above 0, or give recorded effects."
            )
        self._edges, self._rows, self._settings = np.cumsum(likely), heard.rows, settings

    def draw(self, number: int) -> Lesson:
        """The batch of this number."""
        settings = self._settings
        chance = np.random.default_rng([settings.seed, number])
        power = 10.0 ** self._windows(chance).astype(np.float32) - np.float32(FLOOR)
        power = np.maximum(power, 0.0) * _decibels(chance, settings.gain_db, settings.batch)
        beneath = np.roll(power, 1, axis=0) * _decibels(chance, settings.mixed_db, settings.batch)
        beneath[chance.random(settings.batch) >= settings.mixed] = 0.0
        clean, mixed = (np.log10(each + np.float32(FLOOR)) for each in (power, power + beneath))
        return Lesson(clean, mixed, self._hidden(chance))

    def scale(self, batches: int = 16) -> tuple[Features, Features]:
        """Mean and standard deviation of each number of a row over what is drawn, float32 [128] each."""
        rows = np.concatenate([self.draw(UNUSED + number).clean.reshape(-1, ROW) for number in range(batches)])
        return rows.mean(axis=0), np.maximum(rows.std(axis=0), 0.1)

    def _windows(self, chance: np.random.Generator) -> NDArray[np.float16]:
        """float16 [batch, hops, 128]: shorter clips begin anywhere in the window, with silence around."""
        settings, hops = self._settings, self._settings.window_hops
        out = np.full((settings.batch, hops, ROW), np.log10(FLOOR), STORED)
        for row in range(settings.batch):
            place = int(np.searchsorted(self._edges, chance.random() * self._edges[-1], side="right"))
            whole = self._rows[min(place, len(self._rows) - 1)]
            spare = len(whole) - hops
            at = int(chance.integers(min(0, spare), max(0, spare) + 1))
            begin, part = max(0, -at), whole[max(0, at) : max(0, at) + hops]
            out[row, begin : begin + len(part)] = part[: hops - begin]
        return out

    def _hidden(self, chance: np.random.Generator) -> NDArray[np.bool_]:
        """Spans of hops until a share of them is hidden; never all of a window."""
        settings, hops = self._settings, self._settings.window_hops
        hidden = np.zeros((settings.batch, hops), np.bool_)
        shortest, longest = settings.span_hops
        for row in hidden:
            while row.mean() < settings.masked:
                length = int(chance.integers(shortest, longest + 1))
                at = int(chance.integers(1 - length, hops))
                row[max(0, at) : at + length] = True
            row[int(chance.integers(hops))] = False
        return hidden


def _decibels(chance: np.random.Generator, between: tuple[float, float], count: int) -> Features:
    """Power factors, float32 [count, 1, 1]."""
    return np.asarray(10.0 ** (chance.uniform(*between, (count, 1, 1)) / 10.0), dtype=np.float32)
