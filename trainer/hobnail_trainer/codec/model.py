"""What a report says; ``report.json`` is exactly this."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np

DRAWS: Final = 1000


class Interval(msgspec.Struct, frozen=True, kw_only=True):
    """A number with its 95 % interval and how many sounds (or partials) it is made from."""

    value: float | None
    low: float | None
    high: float | None
    n: int

    @classmethod
    def unknown(cls) -> Interval:
        """Too few to say."""
        return cls(value=None, low=None, high=None, n=0)

    @classmethod
    def median(cls, values: Sequence[float], families: Sequence[str]) -> Interval:
        """The median; the interval by a bootstrap over families, as takes of one family are alike."""
        if not values:
            return cls.unknown()
        found = np.asarray(values, dtype=np.float64)
        names = {name: number for number, name in enumerate(sorted(set(families)))}
        order = np.argsort(found, kind="stable")
        family = np.array([names[name] for name in families])[order]
        picks = np.random.default_rng(0).multinomial(len(names), np.full(len(names), 1.0 / len(names)), DRAWS)
        reached = np.cumsum(picks[:, family], axis=1)  # [draws, values]: how many of a draw are up to a value
        medians = found[order][np.argmax(2 * reached >= reached[:, -1:], axis=1)]
        low, high = np.quantile(medians, (0.025, 0.975))
        return cls(value=float(np.median(found)), low=float(low), high=float(high), n=len(values))

    def over(self, other: float | None) -> float | None:
        """Relative to another value; None where there is none."""
        return self.value / other if self.value is not None and other and math.isfinite(other) else None


class Kad(msgspec.Struct, frozen=True, kw_only=True):
    """KAD x 100 of one judge."""

    plain: Interval
    grouped: Interval


class RungResult(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the ladder."""

    id: str
    about: str
    dimensions: int | None
    latents_hz: float | None
    lag_ms: float | None
    cpu_ms: float  #: of one core, for a second of sound, there and back
    kad: dict[str, Kad]  #: by judge
    modulation_db: Interval
    modulation_bias_db: Interval
    modulation_relative: float | None = None  #: to the ladder's PCA with 24 dimensions
    partial_hz: Interval  #: relative error of a partial's frequency
    partial_decay: Interval  #: relative error of a partial's decay time
    attack_ms: Interval  #: error of the attack's time, silence before it
    first_attack_ms: Interval  #: the same when the voice begins with the attack
    rise_ms: Interval  #: error of the rise from 10 to 90 %
    pre_echo_db: Interval
    level_db: Interval  #: signed
    level_error_db: Interval  #: without sign
    log_mel: Interval


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A category's or a material's sounds through a codec."""

    name: str
    clips: int
    families: int
    kad: dict[str, Interval]  #: grouped, by judge
    modulation_db: Interval
    level_error_db: Interval
    moved: Interval  #: mean over judges of how far a sound moved, over the median distance of two recordings


class Worst(msgspec.Struct, frozen=True, kw_only=True):
    """One of the clips that moved farthest."""

    clip: str
    caption: str
    category: str
    moved: float
    modulation_db: float
    level_db: float


class Latents(msgspec.Struct, frozen=True, kw_only=True):
    """Statistics of latents over sounding hops; lists have a value for each dimension."""

    hops: int
    mean: list[float]
    sd: list[float]
    kurtosis: list[float]  #: 3 for a Gaussian
    correlation: list[list[float]]
    lags_ms: list[float]
    autocorrelation: list[list[float]]  #: [lag][dimension]


class Speed(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds of one voice for a second of the processor, while so many voices take turns."""

    voices: int
    by_hop: float  #: every voice one hop, then every voice the next, as an engine does
    whole: float  #: every voice's latents in one call
    encoding: float  #: one sound in one call


class CodecResult(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of a plug-in's codec beyond its row."""

    id: str
    licence: str
    lookahead_ms: float | None
    lag_ms: float | None
    speed: Speed
    latents: Latents
    by_category: list[Part]
    by_material: list[Part]
    worst: list[Worst]


class About(msgspec.Struct, frozen=True, kw_only=True):
    """Where numbers come from."""

    corpus: str
    corpus_digest: str
    split: str
    seed: int
    windows: int
    families: int
    rings: int
    ring_families: int
    partials: int
    attacks: int
    trained_on: int  #: windows that the ladder's PCA was fitted on
    took_s: float
    commit: str
    versions: dict[str, str]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All of it."""

    about: About
    ladder: list[RungResult]
    codecs: list[CodecResult]
