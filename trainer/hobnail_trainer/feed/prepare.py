"""Makes a feed: every part of every split that is not there yet, then the texts, then the header that names them all.

Stopped at any moment, the same command goes on where it was: a part that is whole and made of the same stays.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from hobnail.audio import RATE_HZ
from hobnail_plugins.text.encoder import words_encoder
from hobnail_trainer.corpus.files import write_whole
from hobnail_trainer.corpus.licences import Family
from hobnail_trainer.corpus.model import SPLITS, Split
from hobnail_trainer.errors import FeedError
from hobnail_trainer.feed.clips import make_clips
from hobnail_trainer.feed.encode import MakeCodec, codec_print, silence_of
from hobnail_trainer.feed.making import Making
from hobnail_trainer.feed.model import (
    HEADER,
    INDEX,
    PARTS,
    FeedHeader,
    Part,
    PartIndex,
    PartRef,
    Sums,
)
from hobnail_trainer.feed.parts import Corpus
from hobnail_trainer.feed.scenes import make_scenes
from hobnail_trainer.feed.texts import TextEncoder, texts_of, write_texts

SHIPPABLE: Final[tuple[Family, ...]] = ("public-domain", "permissive", "cc-by", "cc-by-sa")
LEAST_SPREAD: Final = 1e-3
AT_ONCE: Final = 32

Tell = Callable[[str], None]


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for."""

    corpus: Path
    feed: Path
    make: MakeCodec  #: a prepared codec; can be pickled
    scenes: Path | None = None
    parts: tuple[Part, ...] = PARTS
    licences: tuple[Family, ...] = SHIPPABLE
    jobs: int = 2
    texts: TextEncoder = msgspec.field(default_factory=words_encoder)


def prepare(request: Request, *, tell: Tell, splits: Sequence[Split] = ("train", "validation")) -> FeedHeader:
    """Make or complete a feed for training. Raises CorpusError, FeedError, SceneError."""
    if not set(splits) <= {"train", "validation"}:
        raise FeedError(
            f"the splits are {', '.join(splits)}: test is for final tables only.",
            cure="Prepare train and validation. Evaluation uses prepare_test_for_evaluation().",
        )
    return _prepare(request, splits, tell)


def prepare_test_for_evaluation(request: Request, *, tell: Tell) -> FeedHeader:
    """Add the test split to a feed. Nothing may ever be trained on it, or chosen by it. Raises as :func:`prepare`."""
    return _prepare(request, ("test",), tell)


def _prepare(request: Request, splits: Sequence[Split], tell: Tell) -> FeedHeader:
    codec = request.make()
    corpus = Corpus(request.corpus, codec_print(codec), request.licences, tell)
    for split in splits:
        for part in request.parts:
            folder = request.feed / split / part
            making = Making(corpus, request.make, part, split, folder, request.jobs, tell)
            if part == "scenes":
                if request.scenes is not None:
                    make_scenes(making, request.scenes)
            elif corpus.has(part):
                make_clips(making)
    spec = codec.spec
    indexes = _indexes(request.feed)
    mean, spread = _scale(list(indexes.values()), spec.dimensions)
    header = FeedHeader(
        codec=spec.id,
        codec_print=corpus.codec,
        corpus=corpus.digest,
        licences=corpus.licences,
        dimensions=spec.dimensions,
        rate_hz=spec.rate_hz,
        hop_frames=spec.hop_frames,
        silence=tuple(silence_of(codec).tolist()),
        mean=mean,
        spread=spread,
        parts=tuple(_ref(request.feed, index) for index in indexes.values()),
    )
    _refuse_strangers(header, indexes.values())
    tell("texts")
    words = (entry.words for index in indexes.values() for entry in index.entries)
    write_texts(request.feed, texts_of(words), request.texts)
    write_whole(request.feed / HEADER, msgspec.json.encode(header))
    return header


def _indexes(feed: Path) -> dict[tuple[Split, Part], PartIndex]:
    """Of every part that is there."""
    found = {}
    for split in SPLITS:
        for part in PARTS:
            if (path := feed / split / part / INDEX).exists():
                found[split, part] = msgspec.json.decode(path.read_bytes(), type=PartIndex)
    return found


def _scale(indexes: Sequence[PartIndex], dimensions: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and spread of what sounds in the train split, pairs left out: they are the recordings once more."""
    sums: list[Sums] = [each.latents for each in indexes if each.split == "train" and each.part != "pairs"]
    rows = sum(each.rows for each in sums)
    if not rows:
        return (0.0,) * dimensions, (1.0,) * dimensions
    mean = sum(np.array(each.total) for each in sums if each.rows) / rows
    variance = sum(np.array(each.squares) for each in sums if each.rows) / rows - np.square(mean)
    spread = np.maximum(np.sqrt(np.maximum(variance, 0.0)), LEAST_SPREAD)
    return tuple(np.asarray(mean).tolist()), tuple(spread.tolist())


def _refuse_strangers(header: FeedHeader, indexes: Iterable[PartIndex]) -> None:
    """A feed is of one corpus, one codec and one choice of licences."""
    for index in indexes:
        for name in ("corpus", "codec_print", "licences"):
            if (found := getattr(index, name)) != (expected := getattr(header, name)):
                raise FeedError(
                    f"{index.split}/{index.part}: its {name} is {found!r}, expected {expected!r}, as asked for.",
                    cure="Prepare that part too, or delete its folder, or use a folder of its own: --to DIR.",
                )


def _ref(feed: Path, index: PartIndex) -> PartRef:
    data = (feed / index.split / index.part / INDEX).read_bytes()
    return PartRef(
        split=index.split,
        part=index.part,
        entries=len(index.entries),
        seconds=round(sum(entry.frames for entry in index.entries) / RATE_HZ, 3),
        sha256=hashlib.sha256(data).hexdigest(),
    )
