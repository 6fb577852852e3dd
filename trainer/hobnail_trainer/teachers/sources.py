"""The sounds that features are made from: of a feed's parts, or of a corpus; at the loudness that training hears."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from hobnail.audio import HOP_FRAMES
from hobnail_trainer.codec.clips import corpus_digest, read_clip
from hobnail_trainer.corpus.manifest import read_manifest
from hobnail_trainer.corpus.model import Clip
from hobnail_trainer.corpus.pack import Pack, open_pack
from hobnail_trainer.corpus.recorded import pack_folder
from hobnail_trainer.errors import TeacherError
from hobnail_trainer.feed.model import HEADER, Entry, Part
from hobnail_trainer.feed.store import FeedStore, open_feed
from hobnail_trainer.reading import TrainingSplit
from hobnail_trainer.scenes import Scene, read_scene
from hobnail_trainer.teachers.contract import Samples

PACKS: Final[dict[Part, str]] = {"recorded": "recorded", "notes": "recorded", "composed": "composed", "pairs": "pairs"}
CLIPS: Final = "clips"  #: the one part of a corpus without a feed


class Sound(NamedTuple):
    """One of many."""

    id: str
    hops: int  #: that its features must have: one more than it fills, as in a feed
    samples: Samples


class Source(NamedTuple):
    """A part of a split, not heard yet."""

    part: str
    made_of: str  #: digest
    size: int  #: sounds
    sounds: Callable[[], Iterator[Sound]]


def sources(
    folder: Path, split: TrainingSplit, *, corpus: Path | None = None, scenes: Path | None = None
) -> list[Source]:
    """Of a feed, when ``folder`` is one (``corpus``: what it was made from; ``scenes``: likewise, if it has any), else
    of the corpus in ``folder``. Raises CorpusError, FeedError, TeacherError."""
    if (folder / HEADER).exists():
        if corpus is None:
            raise TeacherError(
                f"{folder}: a feed has latents and no sound.", cure="Say what it was made from: --corpus CORPUS."
            )
        return _of_feed(open_feed(folder, split), corpus, scenes)
    clips = [clip for clip in read_manifest(folder).clips if clip.split == split]
    return [Source(CLIPS, corpus_digest(folder), len(clips), lambda: _read(folder, clips))] if clips else []


def _of_feed(feed: FeedStore, corpus: Path, scenes: Path | None) -> list[Source]:
    if (found := corpus_digest(corpus)) != feed.header.corpus:
        raise TeacherError(
            f"{feed.folder}: was made from the corpus {feed.header.corpus[:12]}, but {corpus} is {found[:12]}.",
            cure="Give the corpus that it was made from, or make the feed again.",
        )
    found_sources = []
    for part, opened in feed.parts.items():
        index = opened.index
        if part == "scenes":
            if scenes is None:
                raise TeacherError(f"{feed.folder}: has scenes.", cure="Say where they are: --scenes DIR.")
            read = _scenes(scenes / feed.split, index.entries)
        else:
            read = _packed(corpus, PACKS[part], index.entries)
        found_sources.append(Source(part, index.made_of, len(index.entries), read))
    return found_sources


def _packed(corpus: Path, name: str, entries: tuple[Entry, ...]) -> Callable[[], Iterator[Sound]]:
    def read() -> Iterator[Sound]:
        recorded = open_pack(pack_folder(corpus, "recorded"))
        pack: Pack = recorded if name == "recorded" else open_pack(pack_folder(corpus, name), recorded.manifest)
        clips = {clip.id: clip for clip in pack.manifest.clips}
        for entry in entries:
            if (clip := clips.get(entry.id)) is None:
                raise TeacherError(f"{pack.folder}: there is no {entry.id!r}.", cure="Make the feed again.")
            yield Sound(entry.id, entry.hops, pack.samples(clip) * _gain(clip))

    return read


def _scenes(folder: Path, entries: tuple[Entry, ...]) -> Callable[[], Iterator[Sound]]:
    def read() -> Iterator[Sound]:
        name, scene = "", None
        for entry in entries:
            wanted, _, emitter = entry.id.partition("/")
            if scene is None or wanted != name:
                name, scene = wanted, read_scene(folder / wanted)
            yield Sound(entry.id, entry.hops, _stem(scene, emitter, folder / name))

    return read


def _stem(scene: Scene, emitter: str, where: Path) -> Samples:
    names = [each.id for each in scene.card.emitters]
    if emitter not in names:
        raise TeacherError(f"{where}: there is no emitter {emitter!r}.", cure="Make the feed again.")
    return np.asarray(scene.stems[names.index(emitter)], dtype=np.float32)


def _read(corpus: Path, clips: list[Clip]) -> Iterator[Sound]:
    for clip in clips:
        samples = read_clip(corpus, clip)[: clip.frames] * _gain(clip)
        yield Sound(clip.id, -(-clip.frames // HOP_FRAMES) + 1, samples)


def _gain(clip: Clip) -> np.float32:
    return np.float32(10.0 ** (clip.level_db / 20.0))
