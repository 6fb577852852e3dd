"""A number of recordings from their words: ridge regression on the mean of the tokens, families weighing alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hobnail_trainer.errors import FeedError
from hobnail_trainer.feed.model import Entry, Words
from hobnail_trainer.feed.store import FeedStore, OpenPart
from hobnail_trainer.feed.texts import TOKEN_WIDTH, TextTable

FOLDS: Final = 5
RIDGES: Final = (0.1, 0.3, 1.0, 3.0, 10.0)

Floats = NDArray[np.float64]


class Foretold(NamedTuple):
    """The regression: a number is ``bias`` + ``weights`` x words."""

    weights: list[float]  #: [text width]
    bias: float
    explained: float  #: of the variance of families that took no part, at most 1
    apart: float  #: root mean square error on these


class _Rows(NamedTuple):
    words: Floats  # [rows, width]
    value: Floats  # [rows]
    weight: Floats  # [rows], each family counts as much
    family: NDArray[np.intp]  # [rows]


def recordings_of(store: FeedStore) -> tuple[OpenPart, TextTable]:
    """The recordings of a feed, and its words. Raises FeedError where one of them is missing."""
    if store.texts is None or "recorded" not in store.parts:
        raise FeedError(
            f"{store.folder}: the {store.split} split has no recordings with words.",
            cure="Run hobnail-train feed prepare again.",
        )
    return store.parts["recorded"], store.texts


def foretold_by_words(entries: Sequence[Entry], values: Sequence[float], texts: TextTable) -> Foretold:
    """Fit ``values``, one for each entry; the ridge is the one that families which took no part like best."""
    rows = _rows(entries, values, texts)
    error, ridge = min((_apart(rows, ridge), ridge) for ridge in RIDGES)
    weights, bias = _fitted(rows, ridge)
    middle = float(np.average(rows.value, weights=rows.weight))
    whole = float(np.average((rows.value - middle) ** 2, weights=rows.weight))
    return Foretold(
        weights=[round(float(value), 4) for value in weights],
        bias=round(bias, 4),
        explained=1.0 - error / max(whole, 1e-12),
        apart=float(error**0.5),
    )


def _rows(entries: Sequence[Entry], values: Sequence[float], texts: TextTable) -> _Rows:
    words, value, weight, family = [], [], [], []
    sizes = Counter(entry.family for entry in entries)
    numbers = {name: number for number, name in enumerate(sorted(sizes))}
    for entry, each in zip(entries, values, strict=True):
        said = [texts.places[text] for text in _said(entry.words)]
        for place in said:
            count = int(texts.tokens[place])
            tokens = texts.rows[place, :count].astype(np.float64)
            words.append(tokens.mean(axis=0) if count else np.zeros(TOKEN_WIDTH))
            value.append(each)
            weight.append(1.0 / (sizes[entry.family] * len(said)))
            family.append(numbers[entry.family])
    return _Rows(np.stack(words), np.array(value), np.array(weight), np.array(family, np.intp))


def _said(words: Words) -> Iterator[str]:
    yield words.exact
    yield from words.paraphrases
    yield words.category


def _fitted(rows: _Rows, ridge: float) -> tuple[Floats, float]:
    """Weights and bias by weighted least squares; ``ridge``: against the mean square of a word's numbers."""
    share = rows.weight / rows.weight.sum()
    middle, centre = share @ rows.words, float(share @ rows.value)
    words = rows.words - middle
    gram = (words * share[:, None]).T @ words
    gram += ridge * float(np.trace(gram)) / len(gram) * np.eye(len(gram))
    weights = np.linalg.solve(gram, (words * share[:, None]).T @ (rows.value - centre))
    return weights, centre - float(middle @ weights)


def _apart(rows: _Rows, ridge: float) -> float:
    """Mean square error on families that took no part."""
    total = 0.0
    for fold in range(FOLDS):
        held = rows.family % FOLDS == fold
        if not held.any() or held.all():
            continue
        rest = _Rows(*(part[~held] for part in rows))
        weights, bias = _fitted(rest, ridge)
        error = rows.value[held] - rows.words[held] @ weights - bias
        total += float(rows.weight[held] @ error**2)
    return total / float(rows.weight.sum())
