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
    kept = _only(asked, np.isin(asked.labels, names))
    right = _answers(learnt, kept.pooled, learnt.labels, names, chance) == kept.labels
    shuffled = _answers(learnt, kept.pooled, chance.permutation(learnt.labels), names, chance) == kept.labels
    return _probe(kept, right, shuffled, kept.labels == _commonest(learnt.labels), len(names), chance)


def probe_within(clips: Labelled, *, seed: int = 1) -> Probe:
    """Fit to four fifths of the families and ask about the fifth, each in turn: more clips to ask about than a held-out
    split has, so a narrower interval. A teacher may have heard them, though never their labels."""
    chance = np.random.default_rng(seed)
    names, fold = np.unique(clips.labels), _folds(clips.families, chance)
    right, shuffled, common = (np.zeros(len(fold), np.bool_) for _ in range(3))
    for number in range(FOLDS):
        inside, outside = _only(clips, fold != number), fold == number
        labels, rows = clips.labels[outside], clips.pooled[outside]
        right[outside] = _answers(inside, rows, inside.labels, names, chance) == labels
        shuffled[outside] = _answers(inside, rows, chance.permutation(inside.labels), names, chance) == labels
        common[outside] = labels == _commonest(inside.labels)
    return _probe(clips, right, shuffled, common, len(names), chance)


def _probe(
    asked: Labelled,
    right: NDArray[np.bool_],
    shuffled: NDArray[np.bool_],
    common: NDArray[np.bool_],
    categories: int,
    chance: np.random.Generator,
) -> Probe:
    low, high = _interval(right, asked.families, chance)
    return Probe(
        accuracy=float(right.mean()),
        low=low,
        high=high,
        balanced=float(np.mean([right[asked.labels == name].mean() for name in np.unique(asked.labels)])),
        majority=float(common.mean()),
        permuted=float(shuffled.mean()),
        clips=len(right),
        categories=categories,
    )


def _only(clips: Labelled, kept: NDArray[np.bool_]) -> Labelled:
    return Labelled(clips.pooled[kept], clips.labels[kept], clips.families[kept])


def _commonest(labels: NDArray[np.str_]) -> np.str_:
    values, counts = np.unique(labels, return_counts=True)
    return np.str_(values[counts.argmax()])


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
