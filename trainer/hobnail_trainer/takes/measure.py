"""The spread of a set of sounds, and of an engine's takes beside that of real ones.

The spread is the mean distance of two takes (Euclidean, between embeddings): whatever their number, on average the
same. Levels do not count, as every window has the same peak. The rule was written before the run: takes differ as real
ones do where the mean ratio, its interval included, lies between a half and two.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from hobnail_trainer.judges.model import Embedding
from hobnail_trainer.takes.families import Family

MOST: Final = 2.0  #: ratio of spreads, either way, that still counts as alike
_LEAST: Final = 1e-9


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """Of one set."""

    value: float  #: mean distance of two
    takes: int


class FamilySpread(msgspec.Struct, frozen=True, kw_only=True):
    """One family, by one judge."""

    family: str
    event: str
    material: str
    real: Spread
    engines: dict[str, Spread]


class Ratio(msgspec.Struct, frozen=True, kw_only=True):
    """Geometric mean over families of an engine's spread over the real one; jackknife over families, 95 %."""

    value: float
    low: float
    high: float

    @property
    def alike(self) -> bool:
        """Whether takes differ as real ones do."""
        return self.low >= 1.0 / MOST and self.high <= MOST


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """All families by one judge."""

    judge: str
    families: list[FamilySpread]
    ratios: dict[str, Ratio]  #: by engine
    apart: float  #: mean distance of real sounds of different families: what would be another sound


def spread_of(rows: Embedding) -> Spread:
    """Of float32 [sounds, dimensions]; 0 for fewer than two."""
    count = len(rows)
    if count < 2:
        return Spread(value=0.0, takes=count)
    pairs = np.triu_indices(count, 1)
    return Spread(value=float(_distances(rows, rows)[pairs].mean()), takes=count)


def compare(
    judge: str,
    families: Sequence[Family],
    real: Sequence[Embedding],
    engines: Mapping[str, Sequence[Embedding]],
) -> Comparison:
    """``real`` and each engine's rows by family, in their order."""
    rows = [
        FamilySpread(
            family=family.name,
            event=family.event,
            material=family.material,
            real=spread_of(real[number]),
            engines={engine: spread_of(sounds[number]) for engine, sounds in engines.items()},
        )
        for number, family in enumerate(families)
    ]
    ratios = {
        engine: ratio([max(row.engines[engine].value, _LEAST) / max(row.real.value, _LEAST) for row in rows])
        for engine in engines
    }
    others = [
        float(_distances(one, other).mean())
        for number, one in enumerate(real)
        for other in real[number + 1 :]
        if len(one) and len(other)
    ]
    return Comparison(judge=judge, families=rows, ratios=ratios, apart=float(np.mean(others)) if others else 0.0)


def ratio(each: Sequence[float]) -> Ratio:
    """Geometric mean with its interval."""
    logs = np.log(each)
    mean = float(logs.mean())
    count = len(logs)
    if count < 2:
        return Ratio(value=math.exp(mean), low=0.0, high=math.inf)
    without = (logs.sum() - logs) / (count - 1)
    reach = 1.96 * math.sqrt((count - 1) / count * float(np.square(without - without.mean()).sum()))
    return Ratio(value=math.exp(mean), low=math.exp(mean - reach), high=math.exp(mean + reach))


def _distances(one: Embedding, other: Embedding) -> NDArray[np.float64]:
    return np.asarray(np.sqrt(np.square(one[:, None].astype(np.float64) - other[None]).sum(axis=2)))
