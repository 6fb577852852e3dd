"""What is listened to: held-out recordings in a frozen order, and recordings of the train split to learn from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from hobnail.audio import RATE_HZ, db_to_gain
from hobnail_trainer.codec.clips import WINDOW, read_clip
from hobnail_trainer.corpus.manifest import read_manifest
from hobnail_trainer.corpus.model import Clip, Split
from hobnail_trainer.corpus.sound import Samples
from hobnail_trainer.errors import CorpusError
from hobnail_trainer.evaluate.held import train_sounds, window

LONGEST: Final = 4 * RATE_HZ  #: of a sound that is heard whole
LEAST: Final = 6  #: clips, families


class Heard(NamedTuple):
    """A held-out recording."""

    clip: Clip
    window: Samples  #: its first 0.68 s, its peak at 0.9
    whole: Samples  #: up to four seconds, at the level that training knows


class Listening(NamedTuple):
    """The recordings that everything is held against."""

    corpus: Path
    split: Split
    clips: tuple[Heard, ...]
    learnt: tuple[tuple[Clip, Samples], ...]  #: windows of the train split

    @property
    def families(self) -> list[str]:
        """Of each clip."""
        return [each.clip.family for each in self.clips]

    @property
    def digest(self) -> str:
        """Names the set: of its ids, in order."""
        return hashlib.sha256("\n".join(each.clip.id for each in self.clips).encode()).hexdigest()[:12]


def choose_clips(corpus: Path, *, clips: int, train_clips: int, seed: int) -> Listening:
    """Recordings of the validation split, in an order by seed and id. Raises CorpusError."""
    return _choose(corpus, "validation", clips, train_clips, seed)


def choose_test_clips_for_evaluation(corpus: Path, *, clips: int, train_clips: int, seed: int) -> Listening:
    """The same of the test split; nothing may be chosen by what it tells. Raises CorpusError."""
    return _choose(corpus, "test", clips, train_clips, seed)


def _choose(corpus: Path, split: Split, clips: int, train_clips: int, seed: int) -> Listening:
    found: list[Heard] = []
    for clip in _in_order(corpus, split, seed):
        if len(found) == clips:
            break
        whole = read_clip(corpus, clip, min(clip.frames, LONGEST))
        cut = window(whole[:WINDOW])
        if cut.any():
            found.append(Heard(clip, cut, whole * np.float32(db_to_gain(clip.level_db))))
    if len(found) < LEAST or len({each.clip.family for each in found}) < LEAST:
        raise CorpusError(f"{corpus}: {len(found)} sounds to judge by in {split}.", cure="Build a larger corpus.")
    return Listening(corpus, split, tuple(found), tuple(train_sounds(corpus, clips=train_clips, seed=seed)))


def _in_order(corpus: Path, split: Split, seed: int) -> Iterator[Clip]:
    chosen = [clip for clip in read_manifest(corpus).clips if clip.split == split and clip.origin == "recorded"]
    yield from sorted(chosen, key=lambda clip: hashlib.sha256(f"{seed}/{clip.id}".encode()).digest())


def seed_of(name: str, seed: int) -> int:
    """A voice's seed: the same for a clip in whatever company."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{name}".encode()).digest()[:7], "little")
