"""How long recordings last, from their words: a regression of the logarithm, for the bundle's one-shots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from hobnail_plugins.aht.manifest import Lasting
from hobnail_trainer.export.by_words import foretold_by_words, recordings_of
from hobnail_trainer.feed.model import Entry
from hobnail_trainer.feed.store import FeedStore


class Foretold(NamedTuple):
    """The regression, and what it is worth."""

    lasting: Lasting
    explained: float  #: of the variance of families that took no part, at most 1


def lasting_of(store: FeedStore) -> Foretold:
    """Of the recordings of a feed; sounds that are cut last at least as long as they are there. Raises FeedError."""
    part, texts = recordings_of(store)
    entries = part.index.entries
    found = foretold_by_words(entries, [float(np.log2(entry.hops)) for entry in entries], texts)
    return Foretold(Lasting(weights=found.weights, bias=found.bias, spread=round(_within(entries), 3)), found.explained)


def _within(entries: Sequence[Entry]) -> float:
    """Standard deviation inside families, octaves: so far lie takes of one thing apart. 0 where each has but one."""
    families: dict[str, list[float]] = {}
    for entry in entries:
        families.setdefault(entry.family, []).append(float(np.log2(entry.hops)))
    square = sum(float(np.var(takes)) * len(takes) for takes in families.values())
    free = sum(len(takes) - 1 for takes in families.values())
    return float(np.sqrt(square / max(1, free)))
