"""How well distances between texts agree with those of the model that a table was made from."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hobnail_plugins.text.encoder import WordsEncoder
from hobnail_trainer.errors import TextError
from hobnail_trainer.text.minilm import MiniLM

Float64 = NDArray[np.float64]


class Agreement(NamedTuple):
    """Spearman's rank correlation of cosines over all pairs of some texts."""

    spearman: float
    texts: int
    pairs: int


def agreement(encoder: WordsEncoder, model: MiniLM, texts: Sequence[str], *, most: int, seed: int = 1) -> Agreement:
    """Over at most ``most`` of the texts, chosen by ``seed``. Raises TextError for fewer than three."""
    chosen = sorted(random.Random(seed).sample(sorted(texts), min(most, len(texts))))
    if len(chosen) < 3:
        raise TextError(f"{len(chosen)} texts to compare, expected at least 3.", cure="Give a corpus with captions.")
    ours = np.stack([encoder.pooled(encoder.encode(text)) for text in chosen]).astype(np.float64)
    theirs = model.sentences(chosen).numpy().astype(np.float64)
    pairs = np.triu_indices(len(chosen), 1)
    return Agreement(spearman((ours @ ours.T)[pairs], (theirs @ theirs.T)[pairs]), len(chosen), len(pairs[0]))


def spearman(one: Float64, other: Float64) -> float:
    """Correlation of ranks, -1..1, ties at their mean rank; 0 where one of them is constant."""
    ranks = np.stack([_ranks(one), _ranks(other)])
    ranks -= ranks.mean(axis=1, keepdims=True)
    spread = np.sqrt((ranks**2).sum(axis=1).prod())
    return float(ranks[0] @ ranks[1] / spread) if spread > 0.0 else 0.0


def _ranks(values: Float64) -> Float64:
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(count) - (count + 1) / 2.0)[place])
