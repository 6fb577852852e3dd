"""What can be read off a teacher's features by a straight line: the category of a sound from their mean.

A ridge regression from pooled features onto the categories, fitted to clips of one split and asked about those of
another, whose families it never heard. Accuracy says little about what a teacher does for a generator (see
:mod:`.structure`); beside its chances it says whether anything was learnt at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hobnail_trainer.teachers.contract import Features

RIDGES: Final = (1e-3, 1e-2, 1e-1, 1.0, 10.0)  #: that are tried, times the number of clips
FOLDS: Final = 5
DRAWS: Final = 1000


class Labelled(NamedTuple):
    """Clips of one split."""

    pooled: Features  #: float32 [clips, numbers]
    labels: NDArray[np.str_]
    families: NDArray[np.str_]


class Probe(NamedTuple):
    """How often the probe was right, 0..1, over clips of families that it never heard."""

    accuracy: float
    low: float  #: 95 % interval by drawing families again
    high: float
    balanced: float  #: mean over categories
    majority: float  #: of always naming the commonest category of the clips that were learnt from
    permuted: float  #: of the same probe learnt from labels in disorder
    clips: int
    categories: int


def pooled(features: Features) -> Features:
    """Mean and standard deviation over hops, float32 [2 x dims] of float32 [hops, dims]."""
    return np.concatenate([features.mean(axis=0), features.std(axis=0)]).astype(np.float32)


def probe(learnt: Labelled, asked: Labelled, *, seed: int = 1) -> Probe:
    """Fit to ``learnt``, ask about ``asked``; clips of categories that were not learnt are left out."""
    chance = np.random.default_rng(seed)
    names = np.unique(learnt.labels)
    known = np.isin(asked.labels, names)
    labels, families = asked.labels[known], asked.families[known]
    right = _answers(learnt, asked.pooled[known], learnt.labels, names, chance) == labels
    shuffled = _answers(learnt, asked.pooled[known], chance.permutation(learnt.labels), names, chance)
    values, counts = np.unique(learnt.labels, return_counts=True)
    low, high = _interval(right, families, chance)
    return Probe(
        accuracy=float(right.mean()),
        low=low,
        high=high,
        balanced=float(np.mean([right[labels == name].mean() for name in np.unique(labels)])),
        majority=float((labels == values[counts.argmax()]).mean()),
        permuted=float((shuffled == labels).mean()),
        clips=int(known.sum()),
        categories=len(names),
    )


def _answers(
    learnt: Labelled, asked: Features, labels: NDArray[np.str_], names: NDArray[np.str_], chance: np.random.Generator
) -> NDArray[np.str_]:
    """Categories, with the ridge that does best on families held out of what is learnt from."""
    mean, spread = learnt.pooled.mean(axis=0), np.maximum(learnt.pooled.std(axis=0), 1e-6)
    x, y = _ones((learnt.pooled - mean) / spread), (labels[:, None] == names).astype(np.float64)
    fold = _folds(learnt.families, chance)
    scores = dict.fromkeys(RIDGES, 0)
    for number in range(FOLDS):
        inside, outside = fold != number, fold == number
        for ridge in RIDGES:
            guessed = names[(x[outside] @ _ridge(x[inside], y[inside], ridge)).argmax(axis=1)]
            scores[ridge] += int((guessed == labels[outside]).sum())
    best = max(RIDGES, key=scores.__getitem__)
    found: NDArray[np.str_] = names[(_ones((asked - mean) / spread) @ _ridge(x, y, best)).argmax(axis=1)]
    return found


def _ridge(x: NDArray[np.float64], y: NDArray[np.float64], ridge: float) -> NDArray[np.float64]:
    """Weights; the last row, of the constant, costs nothing."""
    cost = np.full(x.shape[1], ridge * len(x))
    cost[-1] = 1e-9
    return np.asarray(np.linalg.solve(x.T @ x + np.diag(cost), x.T @ y))


def _folds(families: NDArray[np.str_], chance: np.random.Generator) -> NDArray[np.int64]:
    """A fold for each clip; a family is never in two."""
    names, place = np.unique(families, return_inverse=True)
    return np.asarray(chance.permutation(np.arange(len(names)) % FOLDS)[place])


def _interval(right: NDArray[np.bool_], families: NDArray[np.str_], chance: np.random.Generator) -> tuple[float, float]:
    names, place = np.unique(families, return_inverse=True)
    hits, sizes = np.bincount(place, right, len(names)), np.bincount(place, minlength=len(names))
    drawn = chance.integers(0, len(names), (DRAWS, len(names)))
    low, high = np.percentile(hits[drawn].sum(axis=1) / sizes[drawn].sum(axis=1), [2.5, 97.5])
    return float(low), float(high)


def _ones(x: Sequence[Sequence[float]] | Features) -> NDArray[np.float64]:
    """With a constant as the last column."""
    rows = np.asarray(x, np.float64)
    return np.concatenate([rows, np.ones((len(rows), 1))], axis=1)
