"""How long recordings last, from their words: a ridge regression of the logarithm, for the bundle's one-shots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hobnail_plugins.aht.manifest import Lasting
from hobnail_trainer.errors import FeedError
from hobnail_trainer.feed.model import Entry, Words
from hobnail_trainer.feed.store import FeedStore
from hobnail_trainer.feed.texts import TOKEN_WIDTH, TextTable

FOLDS: Final = 5
RIDGES: Final = (0.1, 0.3, 1.0, 3.0, 10.0)

Floats = NDArray[np.float64]


class Foretold(NamedTuple):
    """The regression, and what it is worth."""

    lasting: Lasting
    explained: float  #: of the variance of families that took no part, at most 1


class _Rows(NamedTuple):
    words: Floats  # [rows, width]
    octaves: Floats  # [rows], of hops
    weight: Floats  # [rows], each family counts as much
    family: NDArray[np.intp]  # [rows]


def lasting_of(store: FeedStore) -> Foretold:
    """Of the recordings of a feed; sounds that are cut last at least as long as they are there. Raises FeedError."""
    if store.texts is None or "recorded" not in store.parts:
        raise FeedError(
            f"{store.folder}: the {store.split} split has no recordings with words.",
            cure="Run hobnail-train feed prepare again.",
        )
    entries = store.parts["recorded"].index.entries
    rows = _rows(entries, store.texts)
    judged = [(_apart(rows, ridge), ridge) for ridge in RIDGES]
    error, ridge = min(judged)
    weights, bias = _fitted(rows, ridge)
    middle = float(np.average(rows.octaves, weights=rows.weight))
    whole = float(np.average((rows.octaves - middle) ** 2, weights=rows.weight))
    lasting = Lasting(
        weights=[round(float(value), 4) for value in weights], bias=round(bias, 4), spread=round(_within(entries), 3)
    )
    return Foretold(lasting, 1.0 - error / max(whole, 1e-12))


def _within(entries: Sequence[Entry]) -> float:
    """Standard deviation inside families, octaves: so far lie takes of one thing apart. 0 where each has but one."""
    families: dict[str, list[float]] = {}
    for entry in entries:
        families.setdefault(entry.family, []).append(float(np.log2(entry.hops)))
    square = sum(float(np.var(takes)) * len(takes) for takes in families.values())
    free = sum(len(takes) - 1 for takes in families.values())
    return float(np.sqrt(square / max(1, free)))


def _rows(entries: Sequence[Entry], texts: TextTable) -> _Rows:
    words, octaves, weight, family = [], [], [], []
    sizes = Counter(entry.family for entry in entries)
    numbers = {name: number for number, name in enumerate(sorted(sizes))}
    for entry in entries:
        said = [texts.places[text] for text in _said(entry.words)]
        for place in said:
            count = int(texts.tokens[place])
            tokens = texts.rows[place, :count].astype(np.float64)
            words.append(tokens.mean(axis=0) if count else np.zeros(TOKEN_WIDTH))
            octaves.append(np.log2(entry.hops))
            weight.append(1.0 / (sizes[entry.family] * len(said)))
            family.append(numbers[entry.family])
    return _Rows(np.stack(words), np.array(octaves), np.array(weight), np.array(family, np.intp))


def _said(words: Words) -> Iterator[str]:
    yield words.exact
    yield from words.paraphrases
    yield words.category


def _fitted(rows: _Rows, ridge: float) -> tuple[Floats, float]:
    """Weights and bias by weighted least squares; ``ridge``: against the mean square of a word's numbers."""
    share = rows.weight / rows.weight.sum()
    middle, centre = share @ rows.words, float(share @ rows.octaves)
    words = rows.words - middle
    gram = (words * share[:, None]).T @ words
    gram += ridge * float(np.trace(gram)) / len(gram) * np.eye(len(gram))
    weights = np.linalg.solve(gram, (words * share[:, None]).T @ (rows.octaves - centre))
    return weights, centre - float(middle @ weights)


def _apart(rows: _Rows, ridge: float) -> float:
    """Mean square error, octaves, on families that took no part."""
    total = 0.0
    for fold in range(FOLDS):
        held = rows.family % FOLDS == fold
        if not held.any() or held.all():
            continue
        rest = _Rows(*(part[~held] for part in rows))
        weights, bias = _fitted(rest, ridge)
        error = rows.octaves[held] - rows.words[held] @ weights - bias
        total += float(rows.weight[held] @ error**2)
    return total / float(rows.weight.sum())
