"""Held-out clips: what was said of them, how they sound, and their latents."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

import numpy as np

from hobnail.contracts import Float32
from hobnail_trainer.codec.clips import PEAK, QUIET, WINDOW, read_clip
from hobnail_trainer.corpus.manifest import read_manifest
from hobnail_trainer.corpus.model import Clip
from hobnail_trainer.corpus.sound import Samples
from hobnail_trainer.errors import FeedError
from hobnail_trainer.feed.model import Entry
from hobnail_trainer.feed.store import FeedStore, open_feed, open_test_for_evaluation

Thing = TypeVar("Thing", Clip, Entry)

HOPS: Final = 64  #: of a window
LEAST: Final = 6  #: clips, families


class Held(NamedTuple):
    """A held-out clip."""

    clip: Clip
    entry: Entry
    latents: Float32  #: [hops, dimensions], the codec's, at its family's level
    text: Float32  #: [12, 128]
    text_seen: np.ndarray  #: bool [12]
    real: Samples  #: its window


class HeldSet(NamedTuple):
    """Clips of a split, and the open feed that they are of."""

    store: FeedStore
    clips: tuple[Held, ...]

    @property
    def families(self) -> list[str]:
        """Of each clip."""
        return [each.clip.family for each in self.clips]


def choose_held(corpus: Path, feed: Path, *, clips: int, seed: int) -> HeldSet:
    """Recordings of the validation split, in an order by seed and id. Raises FeedError, CorpusError."""
    return _choose(corpus, open_feed(feed, "validation"), clips, seed)


def choose_test_for_evaluation(corpus: Path, feed: Path, *, clips: int, seed: int) -> HeldSet:
    """The same of the test split; nothing may be chosen by what it tells. Raises FeedError, CorpusError."""
    return _choose(corpus, open_test_for_evaluation(feed), clips, seed)


def window(samples: Samples, frames: int = WINDOW) -> Samples:
    """The first 0.68 s (or ``frames``), its peak at 0.9; what is quieter than -60 dBFS becomes silence."""
    cut = samples[:frames]
    peak = float(np.abs(cut).max(initial=0.0))
    levelled = cut * np.float32(PEAK / peak) if peak >= QUIET else np.zeros_like(cut)
    return np.pad(levelled, (0, frames - cut.size)).astype(np.float32)


def train_sounds(corpus: Path, *, clips: int, seed: int) -> list[tuple[Clip, Samples]]:
    """Windows of recordings of the train split with their labels, for the recogniser. Raises CorpusError."""
    found: list[tuple[Clip, Samples]] = []
    chosen = [clip for clip in read_manifest(corpus).clips if clip.split == "train" and clip.origin == "recorded"]
    for clip in _ordered(chosen, seed)[:clips]:
        samples = window(read_clip(corpus, clip, min(clip.frames, WINDOW)))
        if samples.any():
            found.append((clip, samples))
    return found


def _choose(corpus: Path, store: FeedStore, clips: int, seed: int) -> HeldSet:
    part = store.parts.get("recorded")
    if part is None or store.texts is None:
        raise FeedError(f"{store.folder}: has no recordings with words in {store.split}.", cure="Prepare it whole.")
    by_id = {clip.id: clip for clip in read_manifest(corpus).clips if clip.split == store.split}
    found: list[Held] = []
    for entry in _ordered(part.index.entries, seed):
        if len(found) == clips:
            break
        clip, place = by_id.get(entry.id), store.texts.places.get(entry.words.exact)
        if clip is None or place is None:
            raise FeedError(
                f"{store.folder}: {entry.id!r} is not in the corpus, or its words are not encoded.",
                cure="Give the corpus that the feed was made from, and prepare the feed again.",
            )
        real = window(read_clip(corpus, clip, min(clip.frames, WINDOW)))
        if not real.any():
            continue
        latents = np.asarray(part.latents[entry.first : entry.first + entry.hops], np.float32)
        seen = np.arange(store.texts.rows.shape[1]) < store.texts.tokens[place]
        found.append(Held(clip, entry, latents, np.asarray(store.texts.rows[place], np.float32), seen, real))
    if len(found) < LEAST or len({each.clip.family for each in found}) < LEAST:
        raise FeedError(f"{store.folder}: {len(found)} clips to judge by in {store.split}.", cure="Prepare more.")
    return HeldSet(store, tuple(found))


def _ordered(things: Sequence[Thing], seed: int) -> list[Thing]:
    return sorted(things, key=lambda each: hashlib.sha256(f"{seed}/{each.id}".encode()).digest())
