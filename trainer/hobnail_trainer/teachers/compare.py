"""Teachers side by side, before any of them is trained with: how their features are laid out, and what they know.

Structure is measured on validation clips on the hop clock, where a student meets the features. A slower teacher is
drawn in straight lines there, which makes neighbours alike: so it is measured at its own rate too. The probe learns
categories from train clips and is asked about validation clips, whose families it never heard.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, Protocol

import msgspec
import numpy as np

from hobnail.audio import RATE_HZ
from hobnail_trainer.codec.clips import corpus_digest, read_clip
from hobnail_trainer.corpus.licences import Family, licence_family
from hobnail_trainer.corpus.manifest import read_manifest
from hobnail_trainer.corpus.model import Clip
from hobnail_trainer.errors import TeacherError
from hobnail_trainer.teachers.clock import to_hops
from hobnail_trainer.teachers.contract import HOPS_HZ, Features, Samples
from hobnail_trainer.teachers.own.spec import SHIPPABLE
from hobnail_trainer.teachers.probe import Labelled, Probe, pooled, probe, probe_within
from hobnail_trainer.teachers.structure import Structure, structure

MOST_S: Final = 5.0  #: of each clip
Tell = Callable[[str], None]


class Hears(Protocol):
    """What can be measured: a teacher, or a judge's frames for information."""

    @property
    def name(self) -> str:
        """In the table."""

    @property
    def dims(self) -> int:
        """Numbers of a frame."""

    @property
    def rate_hz(self) -> float:
        """Frames in a second."""

    @property
    def centre_s(self) -> float:
        """The moment of the first frame."""

    def frames(self, samples: Samples) -> Features:
        """Features over time."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One teacher."""

    name: str
    digest: str  #: of its weights; empty for a judge
    may_teach: bool
    dims: int
    rate_hz: float
    on_hops: Structure
    own_rate: Structure | None  #: None where that is the hop clock, or clips have too few frames
    category: Probe  #: learnt from train, asked about validation
    within: Probe  #: over families of train, held out in turn
    times_real_time: float  #: seconds of sound heard in a second, here


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """The table, and what it was measured on."""

    corpus_digest: str
    licences: tuple[Family, ...]
    seconds: float  #: of each clip, at most
    train_clips: int
    validation_clips: int
    validation_families: int
    seed: int
    rows: tuple[Row, ...]


def compare(
    corpus: Path,
    teachers: Sequence[Hears],
    *,
    clips: int = 400,
    licences: tuple[Family, ...] = SHIPPABLE,
    seed: int = 1,
    tell: Tell,
) -> Comparison:
    """Measure teachers on recorded effects: at most ``clips`` of validation and four times as many of train. Raises
    CorpusError, TeacherError."""
    recorded = [
        clip
        for clip in read_manifest(corpus).clips
        if clip.origin == "recorded" and licence_family(clip.licence) in licences
    ]
    train, validation = (
        _shuffled(recorded, split, seed)[:count] for split, count in (("train", 4 * clips), ("validation", clips))
    )
    if len(train) < 10 or len(validation) < 10:
        raise TeacherError(
            f"{corpus}: {len(train)} train and {len(validation)} validation clips, expected at least ten each.",
            cure="Give a larger corpus, or allow more licences.",
        )
    rows = [_measured(corpus, each, train, validation, seed, tell) for each in teachers]
    return Comparison(
        corpus_digest=corpus_digest(corpus),
        licences=licences,
        seconds=MOST_S,
        train_clips=len(train),
        validation_clips=len(validation),
        validation_families=len({clip.family for clip in validation}),
        seed=seed,
        rows=tuple(rows),
    )


def _measured(
    corpus: Path, teacher: Hears, train: Sequence[Clip], validation: Sequence[Clip], seed: int, tell: Tell
) -> Row:
    tell(f"{teacher.name} hears {len(train) + len(validation)} clips")
    began = time.perf_counter()
    learnt = list(_frames(corpus, teacher, train))
    asked = list(_frames(corpus, teacher, validation))
    took = time.perf_counter() - began
    frames = sum(map(len, learnt)) + sum(map(len, asked))
    known = _labelled(train, learnt)
    return Row(
        name=teacher.name,
        digest=str(getattr(teacher, "digest", "")),
        may_teach=hasattr(teacher, "licence"),
        dims=teacher.dims,
        rate_hz=teacher.rate_hz,
        on_hops=structure(_on_hops(teacher, each) for each in asked),
        own_rate=_at_own_rate(teacher, asked),
        category=probe(known, _labelled(validation, asked), seed=seed),
        within=probe_within(known, seed=seed),
        times_real_time=round(frames / teacher.rate_hz / took, 1),
    )


def _frames(corpus: Path, teacher: Hears, clips: Sequence[Clip]) -> Iterator[Features]:
    for clip in clips:
        samples = read_clip(corpus, clip, min(clip.frames, int(MOST_S * RATE_HZ)))
        yield teacher.frames(samples * np.float32(10.0 ** (clip.family_gain_db / 20.0)))


def _on_hops(teacher: Hears, features: Features) -> Features:
    hops = max(1, round(len(features) / teacher.rate_hz * HOPS_HZ))
    return to_hops(features, hops, rate_hz=teacher.rate_hz, centre_s=teacher.centre_s)


def _at_own_rate(teacher: Hears, features: Sequence[Features]) -> Structure | None:
    if teacher.rate_hz == HOPS_HZ:
        return None
    try:
        return structure(features)
    except TeacherError:
        return None


def _labelled(clips: Sequence[Clip], features: Sequence[Features]) -> Labelled:
    return Labelled(
        np.stack([pooled(each) for each in features]),
        np.array([clip.category for clip in clips]),
        np.array([clip.family for clip in clips]),
    )


def _shuffled(clips: Sequence[Clip], split: str, seed: int) -> list[Clip]:
    """Those of a split, in an order that depends on the seed and their ids only."""
    chosen = [clip for clip in clips if clip.split == split]
    return sorted(chosen, key=lambda clip: hashlib.sha256(f"{seed}/{clip.id}".encode()).digest())
