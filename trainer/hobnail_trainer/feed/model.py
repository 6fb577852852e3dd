"""What a feed holds: parts, each a file of latents with an index, and the one header that says what belongs together.

::

    FEED/feed.json                      codec, scale, licences, and the hash of every part's index; written last
    FEED/texts.f16, texts.json          every distinct text as tokens
    FEED/<split>/<part>/latents.f16     float16 [hops, dimensions], entries one after the other
    FEED/<split>/<part>/index.json      what stands where
    FEED/<split>/scenes/scene.f16       float16 [hops, 24], row by row beside the latents
    FEED/<split>/scenes/pixels.f16      float16 [rows, 64, 6], once for all emitters of a scene

Hops are 512 frames of 48 kHz. Everything little-endian.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

import msgspec

from hobnail_trainer.corpus.licences import Family
from hobnail_trainer.corpus.model import Category, Material, Origin, Split

FORMAT: Final = "hobnail-feed"
VERSION: Final = 1

Part = Literal["recorded", "notes", "composed", "pairs", "scenes"]
PARTS: Final[tuple[Part, ...]] = get_args(Part)

HEADER: Final = "feed.json"
INDEX: Final = "index.json"
LATENTS: Final = "latents.f16"
SCENE: Final = "scene.f16"
PIXELS: Final = "pixels.f16"
TEXTS: Final = "texts.json"
TOKENS: Final = "texts.f16"

SCENE_WIDTH: Final = 24
CELLS: Final = (64, 6)
AXES: Final = ("pitch", "intensity", "texture")


class Words(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same sound in words, from exact to vague."""

    exact: str
    paraphrases: tuple[str, ...] = ()
    category: str
    vague: str


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sound of a feed: a clip, or one emitter of a scene."""

    id: str  #: of the clip; of a scene's emitter "scene-000042/boots"
    origin: Origin
    category: Category
    materials: tuple[Material, ...] = ()
    family: str
    licence: str
    frames: int  #: of the sound at 48 kHz
    first: int  #: row of its first hop
    hops: int  #: rows, one more than the sound fills: the last holds how it fades
    onsets: tuple[int, ...]  #: hops in which something begins, rising
    starts: tuple[int, ...]  #: those before which it is quiet, so that a voice could begin there
    cut: bool  #: it still sounds where it ends: of longer sounds, what would follow is unknown
    words: Words
    changes: tuple[float, float, float] = (0.0, 0.0, 0.0)  #: of a pair: pitch, intensity, texture, each -1..1
    source: str = ""  #: of a pair: the clip that was changed
    pixels: int = -1  #: row of its first picture cells; -1 where nothing is seen


class Stored(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of a part."""

    name: str
    bytes: int
    sha256: str


class Sums(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sums over rows, from which means and spreads of several parts follow."""

    rows: int
    total: tuple[float, ...]  #: of each column
    squares: tuple[float, ...]


class PartIndex(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything of a part but its numbers."""

    format: str = FORMAT
    version: int = VERSION
    part: Part
    split: Split
    made_of: str  #: digest of the pack or the scenes and of the three below
    corpus: str  #: digest of its manifest
    codec_print: str
    licences: tuple[Family, ...]
    dimensions: int
    hops: int
    files: tuple[Stored, ...]
    latents: Sums  #: over hops that sound
    scene: Sums | None = None  #: over all hops; what is unknown counts as 0
    pixels: Sums | None = None
    left_out: int  #: sounds whose licence, or that of what they were made from, is not allowed
    entries: tuple[Entry, ...]


class PartRef(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part as the header names it."""

    split: Split
    part: Part
    entries: int
    seconds: float
    sha256: str  #: of its index


class FeedHeader(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a feed is."""

    format: str = FORMAT
    version: int = VERSION
    codec: str
    codec_print: str  #: digest of what the codec made of a fixed sound
    corpus: str  #: digest of its manifest
    licences: tuple[Family, ...]
    dimensions: int
    rate_hz: int
    hop_frames: int
    silence: tuple[float, ...]  #: the latent of digital silence
    mean: tuple[float, ...]  #: of latents of the train split that sound, pairs left out
    spread: tuple[float, ...]  #: their standard deviation, at least 1e-3
    parts: tuple[PartRef, ...]
