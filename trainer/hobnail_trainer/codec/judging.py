"""KAD of every rung: embeddings of the same windows, recorded and rendered, in two protocols.

- *plain*: every sound stands for itself. A recording and its copy pull the distance down, takes of one family push it
  up; the table of the first trial was made so, and this one compares with it.
- *grouped*: a clip, its copy and its family are one group and are never compared (see :mod:`hobnail_trainer.judges`).

Of the recording, KAD is one half of the families against the other, the mean over twenty halvings.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Final

import numpy as np

from hobnail_trainer.codec.model import Interval, Kad
from hobnail_trainer.judges.kad import Distance, bandwidth, kad
from hobnail_trainer.judges.model import Embedding

HALVINGS: Final = 20
FEWEST_GROUPS: Final = 3


def judged(reference: Embedding, other: Embedding, families: Sequence[str]) -> Kad:
    """Both protocols. Raises JudgeError."""
    plain = kad(reference, other)
    grouped = kad(reference, other, reference_groups=families, judged_groups=families)
    return Kad(plain=_interval(plain), grouped=_interval(grouped))


def half_against_half(reference: Embedding, families: Sequence[str], *, seed: int) -> Kad:
    """How far real halves are apart. The interval is that of the mean over halvings, of one halving's spread."""
    chance = np.random.default_rng(seed)
    names = sorted(set(families))
    plain, grouped = [], []
    for _ in range(HALVINGS):
        first = set(chance.permutation(names)[: len(names) // 2].tolist())
        inside = np.array([family in first for family in families])
        ours, theirs = reference[inside], reference[~inside]
        groups = [[name for name, here in zip(families, inside, strict=True) if here == side] for side in (True, False)]
        if min(len(set(each)) for each in groups) < FEWEST_GROUPS:
            return Kad(plain=Interval.unknown(), grouped=Interval.unknown())
        plain.append(kad(ours, theirs).value)
        grouped.append(kad(ours, theirs, reference_groups=groups[0], judged_groups=groups[1]).value)
    return Kad(plain=_spread(plain, len(families)), grouped=_spread(grouped, len(families)))


def part_of(reference: Embedding, other: Embedding, families: Sequence[Hashable]) -> Interval:
    """Grouped KAD of a part of the sounds; unknown when they are of fewer than six families."""
    if len(set(families)) < 2 * FEWEST_GROUPS:
        return Interval.unknown()
    return _interval(kad(reference, other, reference_groups=families, judged_groups=families))


def moved(reference: Embedding, other: Embedding) -> np.ndarray:
    """How far each sound moved, over the median distance of two recordings, float64 [sounds]."""
    distances = np.linalg.norm(reference.astype(np.float64) - other, axis=1)
    return np.asarray(distances / bandwidth(reference))


def _interval(found: Distance) -> Interval:
    return Interval(value=found.value, low=found.low, high=found.high, n=found.judged)


def _spread(values: Sequence[float], n: int) -> Interval:
    mean, spread = float(np.mean(values)), 1.96 * float(np.std(values))
    return Interval(value=mean, low=mean - spread, high=mean + spread, n=n)
