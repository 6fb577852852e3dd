"""Latents of every clip of a split in one file, for training a generator without decoding anything.

::

    FOLDER/latents.f16   float16, little-endian, [hops, dimensions], clips one after the other
    FOLDER/index.json    what they are, and where each clip begins; written last

Clips are encoded with the gain of their family, as :class:`hobnail_trainer.reading.Reader` hears them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from hobnail.contracts import Codec, CodecSpec, Float32
from hobnail_trainer.codec.clips import corpus_digest, read_clip
from hobnail_trainer.codec.ladder.plug_in import encoded
from hobnail_trainer.codec.workers import over_clips
from hobnail_trainer.corpus.files import disk_error, write_whole
from hobnail_trainer.corpus.manifest import read_manifest
from hobnail_trainer.corpus.model import Clip
from hobnail_trainer.errors import CorpusError, TrainerError
from hobnail_trainer.reading import TrainingSplit

LATENTS: Final = "latents.f16"
INDEX: Final = "index.json"
STORED: Final[np.dtype[np.float16]] = np.dtype("<f2")
VERSION: Final = 1

_CURE: Final = "Write them again: hobnail-train codec encode."


class Place(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a clip's latents are."""

    clip: str
    first: int  #: row
    hops: int


class Index(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a file of latents is."""

    format: str = "hobnail-latents"
    version: int = VERSION
    codec: str
    dimensions: int
    rate_hz: int
    hop_frames: int
    split: TrainingSplit
    corpus_digest: str
    hops: int
    clips: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class LatentStore:
    """An open store. Rows come straight from the file."""

    index: Index
    rows: NDArray[np.float16]  #: [hops, dimensions]

    def latents(self, place: Place) -> Float32:
        """Of one clip, float32 [hops, dimensions]."""
        return self.rows[place.first : place.first + place.hops].astype(np.float32)


@dataclass(frozen=True, slots=True)
class Encoding:
    """Clips to latents, float16 [hops, dimensions] of each."""

    corpus: Path
    make: Callable[[], Codec]  #: a prepared codec

    def __call__(self, clips: Sequence[Clip]) -> list[NDArray[np.float16]]:
        """Raises CorpusError, TrainerError."""
        codec = self.make()
        return [self._encoded(codec, clip) for clip in clips]

    def _encoded(self, codec: Codec, clip: Clip) -> NDArray[np.float16]:
        samples = read_clip(self.corpus, clip)[: clip.frames]
        latents = encoded(codec, samples * np.float32(10.0 ** (clip.family_gain_db / 20.0)))
        if not float(np.abs(latents).max(initial=0.0)) <= float(np.finfo(np.float16).max):
            raise TrainerError(
                f"clip {clip.id!r}: a latent of {codec.spec.id!r} is not finite or does not fit 16 bits.",
                cure="Report it to the codec's authors; latents are expected around 1.",
            )
        return latents.astype(STORED)


def encode_corpus(
    corpus: Path,
    target: Path,
    make: Callable[[], Codec],
    *,
    split: TrainingSplit,
    jobs: int,
    tell: Callable[[str], None],
) -> Index:
    """Write the latents of every clip of a split. Raises CorpusError, TrainerError."""
    if split not in ("train", "validation"):
        raise TrainerError(
            f"the split is {split!r}: test is for final tables only.", cure="Encode train or validation."
        )
    clips = [clip for clip in read_manifest(corpus).clips if clip.split == split]
    if not clips:
        raise CorpusError(f"{corpus}: no clip of the {split} split.", cure="Build a larger corpus.")
    spec = make().spec
    partial = target / f"{LATENTS}.part"
    places, first = list[Place](), 0
    try:
        target.mkdir(parents=True, exist_ok=True)
        (target / INDEX).unlink(missing_ok=True)
        with partial.open("wb") as file:
            for clip, latents in over_clips(Encoding(corpus, make), clips, jobs=jobs, tell=tell):
                file.write(latents.tobytes())
                places.append(Place(clip=clip.id, first=first, hops=len(latents)))
                first += len(latents)
        partial.replace(target / LATENTS)
    except OSError as error:
        raise disk_error(target / LATENTS, error) from error
    finally:
        partial.unlink(missing_ok=True)
    index = _index(spec, split, corpus_digest(corpus), places, first)
    write_whole(target / INDEX, msgspec.json.encode(index))
    return index


def open_latents(folder: Path) -> LatentStore:
    """Open what :func:`encode_corpus` wrote. Raises TrainerError."""
    try:
        index = msgspec.json.decode((folder / INDEX).read_bytes(), type=Index)
        size = (folder / LATENTS).stat().st_size
        if (index.version, size) != (VERSION, index.hops * index.dimensions * STORED.itemsize):
            raise TrainerError(f"{folder}: version {index.version}, {size} bytes of latents.", cure=_CURE)
        rows = np.memmap(folder / LATENTS, dtype=STORED, mode="r", shape=(index.hops, index.dimensions))
    except (OSError, ValueError, msgspec.DecodeError) as error:
        raise TrainerError(f"{folder}: no latents that can be read: {error}.", cure=_CURE) from error
    return LatentStore(index, rows)


def _index(spec: CodecSpec, split: TrainingSplit, digest: str, places: Sequence[Place], hops: int) -> Index:
    return Index(
        codec=spec.id,
        dimensions=spec.dimensions,
        rate_hz=spec.rate_hz,
        hop_frames=spec.hop_frames,
        split=split,
        corpus_digest=digest,
        hops=hops,
        clips=tuple(places),
    )
