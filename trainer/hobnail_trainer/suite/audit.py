"""A proxy for ratings: frozen embeddings and a small head, taught by how badly sounds were degraded on purpose.

It is told the level of degradations of train recordings and guesses 1 - level. What it is worth is printed beside what
it says: the rank correlation with the level for kinds of degradation, and on recordings, that it never heard. It is no
expert and no listener; ``hobnail-train rate`` asks people.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from hobnail_trainer.codec.model import Interval
from hobnail_trainer.corpus.sound import Samples
from hobnail_trainer.evaluate.recognise import side_by_side
from hobnail_trainer.judges.model import Embedding
from hobnail_trainer.suite.degradations import LEARNT, UNSEEN, Degrade, degraded
from hobnail_trainer.suite.hearing import Hearing
from hobnail_trainer.suite.intervals import mean_of, resampled, spearman
from hobnail_trainer.suite.model import Audit, AuditRow
from hobnail_trainer.suite.sets import NAMES

COMPONENTS: Final = 64
RIDGE: Final = 3.0
WIDTH: Final = 400  #: random features of the head's hidden layer
LEVELS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, slots=True)
class Head:
    """Main components, one hidden layer of fixed random weights, a ridge regression."""

    mean: Embedding
    axes: Embedding
    hidden: np.ndarray
    bias: np.ndarray
    weights: np.ndarray
    middle: float

    @classmethod
    def learn(cls, rows: Embedding, quality: np.ndarray, *, seed: int) -> Head:
        """``rows`` [sounds, numbers], ``quality`` [sounds], 0..1."""
        mean = rows.mean(axis=0)
        _, sizes, axes = np.linalg.svd(rows - mean, full_matrices=False)
        kept = min(COMPONENTS, len(rows) - 1, len(sizes))
        scaled = (axes[:kept] / np.maximum(sizes[:kept, None], 1e-6) * np.sqrt(len(rows))).T
        chance = np.random.default_rng(seed)
        hidden = chance.normal(0.0, 1.0 / np.sqrt(kept), (kept, WIDTH))
        bias = chance.normal(0.0, 0.5, WIDTH)
        inside = _inside((rows - mean) @ scaled, hidden, bias)
        middle = float(quality.mean())
        square = inside.T @ inside + RIDGE * np.sqrt(len(rows)) * np.eye(inside.shape[1])
        weights = np.linalg.solve(square, inside.T @ (quality - middle))
        return cls(mean, scaled, hidden, bias, weights, middle)

    def ask(self, rows: Embedding) -> np.ndarray:
        """float64 [sounds]."""
        inside = _inside((rows - self.mean) @ self.axes, self.hidden, self.bias)
        return np.asarray(inside @ self.weights + self.middle)


def measure_audit(hearing: Hearing, *, learn: int, ask: int, seed: int, tell: Callable[[str], None]) -> Audit:
    """Learn from train recordings, prove on held-out ones, score every set."""
    chance = np.random.default_rng(seed)
    head, learnt = taught(hearing, learn=learn, seed=seed, chance=chance, tell=tell)
    asked = [each.window for each in hearing.listening.clips[:ask]]
    validity: dict[str, Interval] = {}
    within: dict[str, Interval] = {}
    worst: list[np.ndarray] = []
    for table, into in ((UNSEEN, validity), (LEARNT, within)):
        for name, how in table.items():
            tell(f"audit: {name}")
            scores = asked_of(head, hearing, how, asked, chance)
            into[name] = _validity(scores)
            if table is UNSEEN:
                worst.append(scores[:, -1])
    clean = head.ask(rows_of(hearing, asked))
    rows = [
        AuditRow(
            name=name, score=mean_of(head.ask(_set_rows(hearing, name)), hearing.families(hearing.sets[name].places))
        )
        for name in NAMES
        if hearing.sets[name].places
    ]
    return Audit(
        rows=rows,
        learnt_from=list(LEARNT),
        learnt=learnt,
        validity=validity,
        within=within,
        clean_over_worst=float((clean[:, None] > np.concatenate(worst)[None, :]).mean()),
    )


def taught(
    hearing: Hearing, *, learn: int, seed: int, chance: np.random.Generator, tell: Callable[[str], None]
) -> tuple[Head, int]:
    """A head that learnt from so many train recordings and their degradations, and how many sounds that were."""
    tell("audit: degrading train recordings")
    train = [samples for _, samples in hearing.listening.learnt[:learn]]
    levels = chance.uniform(0.05, 1.0, (len(train), len(LEARNT)))
    sounds = [
        degraded(how, each, float(level), chance)
        for each, row in zip(train, levels, strict=True)
        for how, level in zip(LEARNT.values(), row, strict=True)
    ]
    quality = np.concatenate([np.ones(len(train)), 1.0 - levels.ravel()])
    return Head.learn(rows_of(hearing, [*train, *sounds]), quality, seed=seed), len(train) + len(sounds)


def asked_of(
    head: Head, hearing: Hearing, how: Degrade, asked: Sequence[Samples], chance: np.random.Generator
) -> np.ndarray:
    """What a head says of recordings degraded at every level, float64 [recordings, LEVELS]."""
    sounds = [degraded(how, each, level, chance) for each in asked for level in LEVELS]
    return head.ask(rows_of(hearing, sounds)).reshape(len(asked), len(LEVELS))


def _inside(points: np.ndarray, hidden: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Components as they are, and the hidden layer at the same total power."""
    width = np.sqrt(hidden.shape[0] / hidden.shape[1])
    return np.concatenate([points, width * np.tanh(points @ hidden + bias)], axis=1)


def _validity(scores: np.ndarray) -> Interval:
    """Spearman of level and badness over all sounds [recordings, levels]; recordings are drawn again."""
    levels = np.tile(LEVELS, (len(scores), 1))
    return resampled(
        range(len(scores)), lambda places: spearman(levels[places].ravel(), -scores[places].ravel()), draws=300
    )


def rows_of(hearing: Hearing, sounds: Sequence[Samples]) -> Embedding:
    """What a head is asked by: the embeddings of others' judges side by side, or ours where there are none."""
    return side_by_side(hearing.embed(sounds, ours=not hearing.judges))


def _set_rows(hearing: Hearing, name: str) -> Embedding:
    found = hearing.of(name)
    judges = [judge.name for judge in hearing.judges] or [hearing.ours.name]
    return side_by_side({judge: found[judge] for judge in judges})
