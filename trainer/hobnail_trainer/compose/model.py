"""What is decided of a sequence before any sample is touched."""

from __future__ import annotations

import msgspec

from hobnail_trainer.compose.rooms import Room
from hobnail_trainer.corpus.licences import Family
from hobnail_trainer.corpus.model import Captions, Category, Clip, Material, Split


class ComposeSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much is composed, and how."""

    hours: float = 10.0  #: of all splits together
    seed: int = 1
    validation: float = 0.075  #: share of the hours
    test: float = 0.075
    shortest_s: float = 4.0
    longest_s: float = 12.0
    dry: float = 0.3  #: share of sequences that stay without a room, where a room would fit
    bed: float = 0.5  #: share of sequences with a texture behind them, where one would fit
    pitched: float = 0.6  #: share of sequences whose foreground is pitched
    most_semitones: float = 3.0
    flatten: float = 0.5  #: categories and materials come by their number of clips to this power; 1: as they are
    licences: tuple[Family, ...] = ()  #: use only recordings of these; empty: of all
    favour: dict[Category, float] = msgspec.field(default_factory=lambda: {"footstep": 2.0, "impact": 1.5})
    """What comes more often than by that alone."""


class Hit(msgspec.Struct, frozen=True):
    """A recording at a moment."""

    clip: Clip
    onset_s: float  #: when its first onset is heard
    gain_db: float = 0.0  #: besides its family's gain


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What happens in a sequence: what a kind of sequence makes from a lead recording."""

    kind: str  #: "walk", "bounce"
    subject: str  #: "walking on gravel, then on wood"
    others: tuple[str, ...] = ()  #: the same in other words
    seconds: float
    hits: tuple[Hit, ...] = ()
    loop: Clip | None = None  #: a texture in the foreground
    category: Category
    materials: tuple[Material, ...]


class Loop(msgspec.Struct, frozen=True):
    """A texture that is heard all the time."""

    clip: Clip
    first: int  #: frame of the clip that is heard first
    gain_db: float  #: besides its family's gain


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that makes a sequence's samples; the same sequence gives the same samples."""

    id: str
    kind: str
    split: Split
    frames: int
    category: Category
    materials: tuple[Material, ...]
    captions: Captions
    hits: tuple[Hit, ...]
    front: Loop | None  #: in the room, with the hits
    bed: Loop | None  #: behind them, with the room it was recorded in; its gain is below the foreground
    pitch_semitones: float  #: of the foreground
    room: Room | None
    loudness_lufs: float  #: of the foreground
