"""What an evaluation says; ``evaluation.json`` is exactly this."""

from __future__ import annotations

import msgspec

from hobnail_trainer.codec.model import Interval, Kad


class Recognised(msgspec.Struct, frozen=True, kw_only=True):
    """How often a line through judges' embeddings of real train clips names a sound's label."""

    accuracy: Interval  #: interval by drawing families again
    balanced: float  #: mean over labels
    majority: float  #: of always naming the commonest


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A set of sounds beside the recordings of the same clips."""

    name: str
    passes: int | None = None
    guidance: float | None = None
    clips: int
    families: int
    silent: int  #: sounds without a peak above -60 dBFS
    kad: dict[str, Kad]  #: by judge
    within: dict[str, Interval]  #: by judge: mean of the grouped KAD of each category with six families or more
    categories: int  #: of which that is the mean
    category: Recognised
    material: Recognised | None  #: of clips that have one


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One block size and number of passes."""

    block_hops: int
    passes: int
    kad: dict[str, Interval]  #: grouped, by judge
    seconds: float  #: that making a second of sound took, one voice's share of a batch


class Onsets(msgspec.Struct, frozen=True, kw_only=True):
    """Beginnings heard in a set of scene voices, against the events that were simulated."""

    name: str
    voices: int
    events: int
    heard: int
    f1: dict[str, Interval]  #: by tolerance in ms; interval by drawing scenes again


class About(msgspec.Struct, frozen=True, kw_only=True):
    """Where numbers come from."""

    run: str
    step: int
    stage: str
    preset: str
    parameters: int
    held_out: float | None  #: loss of the newest look
    corpus_digest: str
    split: str
    clips: int
    families: int
    learnt: int  #: train clips that the recogniser learnt from
    seed: int
    took_s: float
    commit: str
    versions: dict[str, str]


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """All of it."""

    about: About
    sets: list[Row]
    procedural: list[Row]  #: of the clips that the procedural engine has an event for
    blocks: list[Cell]
    blocks_guidance: float
    onsets: list[Onsets]
    onset_offset_ms: float  #: of the codec's copies, taken off everywhere
    sheet: list[str]  #: captions in the picture
