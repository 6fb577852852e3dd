"""What a corpus says about each of its sounds. One line of ``manifest.jsonl`` is one :class:`Clip`.

A manifest is JSON Lines: one object a line, told apart by ``is``. The first line is the header, then come the clips, in
order of their ids. Times are whole frames of 48 kHz. Sounds made from other sounds (pairs, sequences) are clips too:
``origin`` says so, ``sources`` names what they were made from, ``changes`` holds the true value of what was changed.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

import msgspec

FORMAT: Final = "hobnail-corpus"
VERSION: Final = 1

Split = Literal["train", "validation", "test"]
SPLITS: Final[tuple[Split, ...]] = get_args(Split)

Origin = Literal["recorded", "note", "augmented", "composed"]

Category = Literal[
    "footstep",
    "impact",
    "weapon",
    "explosion",
    "door",
    "creature",
    "vehicle",
    "water",
    "fire",
    "wind",
    "ambience",
    "machine",
    "cloth",
    "energy",
    "note",
]
CATEGORIES: Final[tuple[Category, ...]] = get_args(Category)

Material = Literal[
    "bone",
    "brick",
    "carpet",
    "ceramic",
    "cloth",
    "concrete",
    "dirt",
    "flesh",
    "glass",
    "grass",
    "gravel",
    "ice",
    "leather",
    "leaves",
    "metal",
    "mud",
    "paper",
    "plastic",
    "rubber",
    "sand",
    "snow",
    "stone",
    "tile",
    "water",
    "wood",
]
MATERIALS: Final[tuple[Material, ...]] = get_args(Material)


class Captions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same sound in words, from exact to vague."""

    exact: str  #: "an arrow hitting wood"
    paraphrases: tuple[str, ...]  #: the same in other words; at least two
    category: str  #: the kind only: "an impact"
    vague: str  #: nothing but that there is sound: "sound"


class Attributes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Measured from the stored audio; formulas and sources stand in :mod:`hobnail_trainer.corpus.attributes`."""

    f0_hz: float | None  #: median over voiced frames; None when nothing is voiced
    voicing: float  #: fraction of sounding frames that are voiced, 0..1
    hnr_db: float  #: harmonic-to-noise ratio, energy-weighted, -20..40
    loudness_lufs: float  #: largest momentary loudness (400 ms, ITU-R BS.1770 weighting)
    peak_dbfs: float
    crest_db: float  #: peak over RMS
    attack_ms: float  #: from 10 % to 90 % of the main onset's envelope
    centroid_hz: float  #: spectral centroid, energy-weighted
    flatness: float  #: spectral flatness, energy-weighted, 0 (tone) .. 1 (white noise)
    bandwidth_hz: float  #: highest frequency within 70 dB of the spectral peak


class Source(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A clip inside another one."""

    clip: str  #: its id
    at_frame: int = 0  #: where it starts in the new clip; negative: a loop that was begun in its middle
    gain_db: float = 0.0


class Clip(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="is", tag="clip"):
    """One sound with everything that is known of it."""

    id: str
    audio: str  #: file, relative to the manifest, with forward slashes
    at_frame: int = 0  #: where it starts in that file; packs hold many clips in one
    split: Split
    origin: Origin = "recorded"
    category: Category
    materials: tuple[Material, ...] = ()
    captions: Captions
    frames: int  #: duration at 48 kHz, mono
    onset_frames: tuple[int, ...]  #: where something begins, rising
    attributes: Attributes
    family: str  #: takes and variations of one recording share it; a family is never in two splits
    family_gain_db: (
        float  #: one gain for the whole family: its loudest clip comes to -20 LUFS, peaks kept below -1 dBFS
    )
    licence: str  #: SPDX where there is one
    author: str = ""  #: where known
    package: str  #: where the file came from: a package, or the name of a folder
    path: str  #: in the package; ``//`` marks a container that was opened
    sha256: str  #: of the file as it was found; of the audio file for clips made from others
    sources: tuple[Source, ...] = ()  #: what it was made from, when not recorded
    changes: dict[str, float] = {}  #: true values of what was changed: {"pitch_semitones": 3.0}

    @property
    def level_db(self) -> float:
        """From its samples as they are stored to how loud training hears it: its family's gain, and of a changed clip
        also what it lost to stay below full scale, which would else hide most of what a harder blow is."""
        return self.family_gain_db - (self.changes.get("gain_db", 0.0) if self.origin == "augmented" else 0.0)


class Header(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="is", tag="header"):
    """What the manifest is and how it was made."""

    format: str = FORMAT
    version: int = VERSION
    rate_hz: int
    title: str
    recipe: str  #: name of the recipe, or of the folder
    seed: int  #: of the splits
    clips: int  #: how many lines follow


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """A whole manifest."""

    header: Header
    clips: tuple[Clip, ...]


class Rejected(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file that is not in the corpus, and why. One line of ``rejected.jsonl``."""

    package: str
    path: str
    reason: str  #: a short code: "music", "too-short", "corrupt"
    detail: str = ""
