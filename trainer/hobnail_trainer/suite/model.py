"""What the suite says; ``report.json`` is exactly this. A section that was not asked for, or could not be, is None."""

from __future__ import annotations

from typing import Final

import msgspec

from hobnail_trainer.codec.model import Interval
from hobnail_trainer.suite.sizes import Sizes

SECTIONS: Final = ("quality", "adherence", "sync", "control", "variety", "structure", "seams", "audit")


class Fad(msgspec.Struct, frozen=True, kw_only=True):
    """A Fréchet distance with the sizes that it depends on."""

    value: float
    references: int
    judged: int
    dimensions: int


class QualityRow(msgspec.Struct, frozen=True, kw_only=True):
    """A set of sounds beside the recordings of the same clips."""

    name: str
    clips: int
    families: int
    silent: int  #: without a peak above -60 dBFS
    kad: dict[str, Interval]  #: by judge, x 100, families as groups, jackknife
    fad: dict[str, Fad]  #: by judge
    by_category: dict[str, dict[str, Interval]]  #: category -> judge -> KAD; six families or more


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """How far sets are from the recordings."""

    rows: list[QualityRow]  #: all clips
    playable: list[QualityRow]  #: of clips that the rules have an event for
    less: dict[str, dict[str, Interval]]  #: another set's KAD less the model's -> judge; above 0: the model is nearer
    judges: dict[str, str]  #: what each is


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """How often a recogniser, learnt from real train clips, names a set's labels."""

    accuracy: Interval
    balanced: float
    majority: float


class AdherenceRow(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a set is what was asked for."""

    name: str
    category: Label | None
    material: Label | None
    text: Interval  #: cosine with the own caption less the mean cosine with others'
    rank: Interval  #: where the own caption stands among all, 0 last .. 1 first; 0.5 by chance


class Adherence(msgspec.Struct, frozen=True, kw_only=True):
    """Words heeded."""

    rows: list[AdherenceRow]
    learnt: int  #: train clips


class SyncRow(msgspec.Struct, frozen=True, kw_only=True):
    """Beginnings against events."""

    name: str
    of: str  #: what the sound was made from
    voices: int
    events: int
    heard: int
    precision: dict[str, Interval]  #: by tolerance in ms
    recall: dict[str, Interval]
    f1: dict[str, Interval]
    offset_ms: Interval  #: median, signed; positive: late
    jitter_ms: float  #: median distance from that median


class Sync(msgspec.Struct, frozen=True, kw_only=True):
    """When things sound."""

    rows: list[SyncRow]
    not_run: dict[str, str]  #: what -> why


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """One control of one engine."""

    axis: str
    measure: str
    unit: str
    values: list[float]  #: of the control, normalised
    median: list[float]  #: of the measure, less its value at the middle
    low: list[float]  #: lower quartile
    high: list[float]
    spearman: Interval  #: of each pair, mean
    slope: Interval  #: of the measure, for the whole range of the control
    reach: Interval  #: measure at 1 less at 0, median
    pairs: int  #: that have the attribute


class Sensitivity(msgspec.Struct, frozen=True, kw_only=True):
    """CSS of one control: how far latents move."""

    axis: str
    literal: float  #: E ||dZ / dc||, latents as they are
    normalised: float  #: latents by their spread, root mean square, for the whole range
    dummy: float  #: normalised, of a control that nothing follows
    reseeded: float  #: normalised, of another seed instead of another setting


class ControlEngine(msgspec.Struct, frozen=True, kw_only=True):
    """What an engine's controls do."""

    engine: str
    palettes: int
    curves: list[Curve]
    cross_talk: list[list[float]]  #: mean Spearman of measure j (column) with control i (row)
    cross_slopes: list[list[float]]  #: slope of j with control i, over the real clips' own spread of j
    measures: list[str]
    css: list[Sensitivity]
    coi_paper: Interval  #: 1 - mean |rho| of pairs of achieved measures, random settings
    coi_diagonal: float | None  #: 1 - mean |S_ij| / mean |S_ii|
    settings: int


class Control(msgspec.Struct, frozen=True, kw_only=True):
    """Sliders."""

    engines: list[ControlEngine]
    own: list[list[float]]  #: the recordings' own rank correlations of the measures
    measures: list[str]


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """A made sound and the train clip that is nearest to it."""

    made: str  #: its caption
    near: str  #: the train clip's caption
    clip: str
    distance: float  #: over the median distance of two recordings


class Variety(msgspec.Struct, frozen=True, kw_only=True):
    """Takes."""

    spread: dict[str, Interval]  #: set -> mean distance of two takes, over the median distance of two recordings
    nearest: dict[str, Interval]  #: set -> median distance to the nearest train clip, the same unit
    distinct: float  #: the closest two train clips of different families, the same unit
    nearer: int  #: made sounds nearer to a train clip than that
    made: int
    closest: list[Pair]
    judge: str


class StructureRow(msgspec.Struct, frozen=True, kw_only=True):
    """How sounds go, as a distribution; distances to the recordings' own."""

    name: str
    clips: int
    modulation_db: Interval  #: between mean modulation spectra, 4 to 200 Hz
    onsets_per_s: Interval
    duration_s: Interval  #: median, until it stays 40 dB below its top
    duration_apart: float  #: octaves between quantiles
    decay_s: Interval  #: median, to fall by 60 dB
    decay_apart: float  #: octaves
    ends: Interval  #: share that is over within four seconds
    ringing: Interval  #: partials of clips of metal, glass, bells; mean count, three at most


class Structure(msgspec.Struct, frozen=True, kw_only=True):
    """How sounds go."""

    rows: list[StructureRow]
    modulation_hz: list[float]
    modulation: dict[str, list[float]]  #: set -> mean depth, dB
    durations: dict[str, list[float]]


class Seams(msgspec.Struct, frozen=True, kw_only=True):
    """Where blocks join, and over time."""

    voices: int
    joins: int
    clicks_at_joins: Interval  #: share
    clicks_elsewhere: Interval
    drift_s: float
    level_db_per_min: list[float]  #: of each voice
    brightness_octaves_per_min: list[float]
    apart: list[float]  #: first against last sixth, over neighbouring ones; 1 and less: no drift
    curves: list[list[float]]  #: level of each second, dB, of each voice
    rise_ms: dict[str, Interval]  #: set -> median, of first attacks within 100 ms


class AuditRow(msgspec.Struct, frozen=True, kw_only=True):
    """What the proxy says of a set: 1 clean, 0 as bad as the worst degradation."""

    name: str
    score: Interval


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """A proxy for ratings: never people's opinion."""

    rows: list[AuditRow]
    learnt_from: list[str]
    learnt: int
    validity: dict[str, Interval]  #: degradation that it never heard -> Spearman of level and score
    within: dict[str, Interval]  #: degradation that it learnt, other recordings
    clean_over_worst: float  #: share of pairs, clean and unseen at level 1, that it puts in order


class Floor(msgspec.Struct, frozen=True, kw_only=True):
    """A number to beat, as it was written before the run."""

    what: str
    wanted: str
    measured: str
    verdict: str  #: "met", "not met", "not shown", "not measured"


class About(msgspec.Struct, frozen=True, kw_only=True):
    """Where numbers come from."""

    bundle: str
    network: str  #: digest
    precision: str
    parameters: int
    stage: str
    passes: int
    palettes: list[str]
    corpus: str
    split: str
    clips: int
    families: int
    set_digest: str
    seed: int
    sizes: Sizes
    took_s: dict[str, float]  #: by section
    commit: str
    versions: dict[str, str]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All of it."""

    about: About
    floors: list[Floor]
    quality: Quality | None = None
    adherence: Adherence | None = None
    sync: Sync | None = None
    control: Control | None = None
    variety: Variety | None = None
    structure: Structure | None = None
    seams: Seams | None = None
    audit: Audit | None = None
