"""A feed on disk, open: rows come straight from the files."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from hobnail.contracts import Float32
from hobnail_trainer.corpus.model import Split
from hobnail_trainer.errors import FeedError
from hobnail_trainer.feed.model import (
    CELLS,
    FORMAT,
    HEADER,
    INDEX,
    LATENTS,
    PIXELS,
    SCENE,
    SCENE_WIDTH,
    VERSION,
    FeedHeader,
    Part,
    PartIndex,
    PartRef,
    Sums,
)
from hobnail_trainer.feed.texts import TextTable, open_texts

_CURE: Final = "Make it again: hobnail-train feed prepare; what is whole is kept."


@dataclass(frozen=True, slots=True, eq=False)
class LatentScale:
    """Where latents lie: a generator works on (latent - mean), with noise as strong as each dimension's spread."""

    mean: Float32  #: [dimensions]
    spread: Float32  #: [dimensions], standard deviation of hops that sound


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Mean and standard deviation of columns."""

    mean: Float32
    spread: Float32


@dataclass(frozen=True, slots=True, eq=False)
class OpenPart:
    """A part, open."""

    ref: PartRef
    index: PartIndex
    latents: NDArray[np.float16]  #: [hops, dimensions]
    scene: NDArray[np.float16]  #: [hops, 24]; no rows where nothing is seen
    pixels: NDArray[np.float16]  #: [rows, 64, 6]


@dataclass(frozen=True, slots=True, eq=False)
class FeedStore:
    """One split of a feed."""

    folder: Path
    split: Split
    header: FeedHeader
    parts: dict[Part, OpenPart]
    texts: TextTable | None  #: None: no text has been encoded yet

    @property
    def scale(self) -> LatentScale:
        """Of the train split, whatever split this is."""
        return LatentScale(np.array(self.header.mean, np.float32), np.array(self.header.spread, np.float32))

    @property
    def silence(self) -> Float32:
        """The latent of digital silence, float32 [dimensions]."""
        return np.array(self.header.silence, np.float32)

    def digest(self, parts: Sequence[Part]) -> str:
        """What names these parts with their texts; another feed has another."""
        names = [(ref.part, ref.sha256) for ref in self.header.parts if ref.split == self.split and ref.part in parts]
        texts = self.texts.encoder if self.texts else ""
        what = msgspec.json.encode((self.split, sorted(names), texts, self.header.mean, self.header.spread))
        return hashlib.sha256(what).hexdigest()[:32]


def open_feed(folder: Path | str, split: Split = "train") -> FeedStore:
    """Open the train or the validation split of a feed. Raises FeedError."""
    if split not in ("train", "validation"):
        raise FeedError(
            f"the split is {split!r}: nothing is ever trained on it.",
            cure="Open 'train' or 'validation'. Evaluation uses open_test_for_evaluation().",
        )
    return _open(Path(folder), split)


def open_test_for_evaluation(folder: Path | str) -> FeedStore:
    """Open the test split of a feed. Nothing may be chosen by what it tells. Raises FeedError."""
    return _open(Path(folder), "test")


def columns_of(sums: Sequence[Sums]) -> Columns | None:
    """Mean and spread of columns over several parts; None without rows."""
    sums = [each for each in sums if each.rows]
    if not sums:
        return None
    rows = sum(each.rows for each in sums)
    mean = np.sum([each.total for each in sums], axis=0) / rows
    variance = np.sum([each.squares for each in sums], axis=0) / rows - np.square(mean)
    return Columns(mean.astype(np.float32), np.sqrt(np.maximum(variance, 0.0)).astype(np.float32))


def _open(folder: Path, split: Split) -> FeedStore:
    header = read_header(folder)
    parts = {ref.part: _part(folder, header, ref) for ref in header.parts if ref.split == split and ref.entries}
    if not parts:
        raise FeedError(f"{folder}: has nothing of the {split} split.", cure=_CURE)
    return FeedStore(folder, split, header, parts, open_texts(folder))


def read_header(folder: Path) -> FeedHeader:
    """Raises FeedError."""
    try:
        header = msgspec.json.decode((folder / HEADER).read_bytes(), type=FeedHeader)
    except (OSError, msgspec.DecodeError) as error:
        raise FeedError(f"{folder / HEADER}: cannot be read: {error}.", cure=_CURE) from error
    if (found := (header.format, header.version)) != (expected := (FORMAT, VERSION)):
        raise FeedError(f"{folder / HEADER}: is {found}, expected {expected}.", cure=_CURE)
    return header


def _part(folder: Path, header: FeedHeader, ref: PartRef) -> OpenPart:
    where = folder / ref.split / ref.part
    try:
        data = (where / INDEX).read_bytes()
        if (found := hashlib.sha256(data).hexdigest()) != ref.sha256:
            raise FeedError(
                f"{where / INDEX}: its hash is {found[:12]}, expected {ref.sha256[:12]}; it was changed after the feed "
                "was finished.",
                cure=_CURE,
            )
        index = msgspec.json.decode(data, type=PartIndex)
        for file in index.files:
            if (size := (where / file.name).stat().st_size) != file.bytes:
                raise FeedError(f"{where / file.name}: has {size} bytes, expected {file.bytes}.", cure=_CURE)
        names = {file.name: file.bytes for file in index.files}
        return OpenPart(
            ref=ref,
            index=index,
            latents=_rows(where / LATENTS, names, (header.dimensions,)),
            scene=_rows(where / SCENE, names, (SCENE_WIDTH,)),
            pixels=_rows(where / PIXELS, names, CELLS),
        )
    except (OSError, msgspec.DecodeError) as error:
        raise FeedError(f"{where}: cannot be read: {error}.", cure=_CURE) from error


def _rows(path: Path, sizes: dict[str, int], shape: tuple[int, ...]) -> NDArray[Any]:
    size = sizes.get(path.name, 0)
    if not size:
        return np.zeros((0, *shape), np.float16)
    rows = size // (2 * int(np.prod(shape)))
    return np.asarray(np.memmap(path, "<f2", mode="r", shape=(rows, *shape)))
