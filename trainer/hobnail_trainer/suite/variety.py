"""Takes: how far apart they are, beside takes of real families, and whether any is a train clip learned by heart.

Distances are of one judge's embeddings, over the median distance of two recordings. A sample library has no spread: it
plays the same recording again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np

from hobnail_trainer.codec.clips import WINDOW
from hobnail_trainer.corpus.model import Clip
from hobnail_trainer.corpus.sound import Samples
from hobnail_trainer.evaluate.held import window
from hobnail_trainer.judges.kad import bandwidth
from hobnail_trainer.judges.model import Embedding
from hobnail_trainer.suite.hearing import Hearing
from hobnail_trainer.suite.intervals import mean_of, median_of
from hobnail_trainer.suite.listening import seed_of
from hobnail_trainer.suite.model import Pair, Variety
from hobnail_trainer.suite.player import Ask, Player
from hobnail_trainer.suite.sets import MODEL, RECORDING

CLOSEST: Final = 8  #: pairs that are shown
SAME: Final = 1e-3  #: train clips nearer than this are the same sound twice


class Shown(NamedTuple):
    """A closest pair, to be looked at."""

    pair: Pair
    made: Samples
    near: Samples


def measure_variety(
    hearing: Hearing, player: Player, *, prompts: int, takes: int, seed: int, tell: Callable[[str], None]
) -> tuple[Variety, list[Shown]]:
    """The numbers, and the closest pairs."""
    judge = hearing.judges[0].name if hearing.judges else hearing.ours.name
    unit = bandwidth(hearing.of(RECORDING)[judge])
    tell("variety: takes")
    captions = list(dict.fromkeys(each.clip.captions.exact for each in hearing.listening.clips))[:prompts]
    asks = [Ask(each, seed_of(f"{each} take {number}", seed)) for each in captions for number in range(takes)]
    sounds = [window(samples) for samples in player.one_shots(asks, WINDOW)]
    points = hearing.embed(sounds)[judge].reshape(len(captions), takes, -1)
    spread = {
        "model, takes of a prompt": mean_of([_spread(each) / unit for each in points]),
        "model, different prompts": mean_of([_spread(points[:, number]) / unit for number in range(takes)]),
        "nearest recording": mean_of([0.0] * len(captions)),
    }
    tell("variety: train clips")
    learnt, train = [clip for clip, _ in hearing.listening.learnt], hearing.learnt()[judge]
    spread["real families"] = mean_of(_family_spreads(learnt, train, takes, unit))
    made = hearing.of(MODEL)[judge]
    held = hearing.of(RECORDING)[judge]
    near_made, near_held = (_nearest(rows, train) for rows in (made, held))
    distinct = _closest_distinct(learnt, train) / unit
    distance = near_made[1] / unit
    order = np.argsort(distance, kind="stable")[:CLOSEST]
    shown = []
    for place in order.tolist():
        clip, near = learnt[near_made[0][place]], hearing.listening.learnt[near_made[0][place]][1]
        caption = hearing.listening.clips[place].clip.captions.exact
        pair = Pair(made=caption, near=clip.captions.exact, clip=clip.id, distance=float(distance[place]))
        shown.append(Shown(pair, hearing.sets[MODEL].windows[place], near))
    found = Variety(
        spread=spread,
        nearest={
            "model": median_of(distance),
            "held-out recordings": median_of(near_held[1] / unit, hearing.listening.families),
        },
        distinct=distinct,
        nearer=int((distance < distinct).sum()),
        made=len(made),
        closest=[each.pair for each in shown],
        judge=judge,
    )
    return found, shown


def _spread(points: Embedding) -> float:
    """Mean distance of two different rows."""
    count = len(points)
    if count < 2:
        return float("nan")
    return float(_distances(points, points).sum() / (count * (count - 1)))


def _family_spreads(clips: Sequence[Clip], points: Embedding, takes: int, unit: float) -> list[float]:
    """Of families with two takes or more, so many of each at most."""
    places: dict[str, list[int]] = {}
    for number, clip in enumerate(clips):
        places.setdefault(clip.family, []).append(number)
    return [_spread(points[which[:takes]]) / unit for which in places.values() if len(which) > 1]


def _nearest(rows: Embedding, train: Embedding) -> tuple[np.ndarray, np.ndarray]:
    """(which, how far) of each row."""
    distances = _distances(rows, train)
    which = distances.argmin(axis=1)
    return which, distances[np.arange(len(rows)), which]


def _closest_distinct(clips: Sequence[Clip], points: Embedding) -> float:
    """The closest two of different families that are not one sound under two names."""
    distances = _distances(points, points)
    names = {family: number for number, family in enumerate(dict.fromkeys(clip.family for clip in clips))}
    of = np.array([names[clip.family] for clip in clips])
    different = distances[of[:, None] != of[None, :]]
    different = different[different > SAME * max(float(distances.max()), 1e-12)]
    return float(different.min()) if different.size else 0.0


def _distances(x: Embedding, y: Embedding) -> np.ndarray:
    a, b = x.astype(np.float64), y.astype(np.float64)
    squares = np.square(a).sum(axis=1)[:, None] + np.square(b).sum(axis=1) - 2.0 * (a @ b.T)
    return np.asarray(np.sqrt(np.maximum(squares, 0.0)))
