"""Numbers with their 95 % intervals. What belongs together (a family, a scene, a prompt with its seed) is drawn as one.

KAD is the exception: its interval is the jackknife over groups, since copies among a bootstrap's draws bias an unbiased
MMD (see :mod:`hobnail_trainer.judges.kad`).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hobnail_trainer.codec.model import Interval

DRAWS: Final = 1000
Places = NDArray[np.intp]


def resampled(
    groups: Sequence[Hashable], statistic: Callable[[Places], float], *, draws: int = DRAWS, seed: int = 0
) -> Interval:
    """``statistic`` of all places, and of draws of whole groups with replacement; NaN draws do not count."""
    count = len(groups)
    if not count:
        return Interval.unknown()
    value = statistic(np.arange(count))
    if not np.isfinite(value):
        return Interval(value=None, low=None, high=None, n=count)
    members: dict[Hashable, list[int]] = {}
    for place, group in enumerate(groups):
        members.setdefault(group, []).append(place)
    piles = [np.array(places, np.intp) for places in members.values()]
    chance = np.random.default_rng(seed)
    found = [
        statistic(np.concatenate([piles[pick] for pick in picks]))
        for picks in chance.integers(0, len(piles), (draws, len(piles)))
    ]
    good = [each for each in found if np.isfinite(each)]
    low, high = np.quantile(good, (0.025, 0.975)) if good else (value, value)
    return Interval(value=float(value), low=float(low), high=float(high), n=count)


def mean_of(values: Sequence[float] | NDArray[np.floating], groups: Sequence[Hashable] | None = None) -> Interval:
    """Of what is a number, by groups; each value its own without them."""
    return _of(values, groups, lambda kept: float(kept.mean()))


def median_of(values: Sequence[float] | NDArray[np.floating], groups: Sequence[Hashable] | None = None) -> Interval:
    """The same for the median."""
    return _of(values, groups, lambda kept: float(np.median(kept)))


def _of(
    values: Sequence[float] | NDArray[np.floating],
    groups: Sequence[Hashable] | None,
    statistic: Callable[[NDArray[np.float64]], float],
) -> Interval:
    found = np.asarray(values, np.float64)
    good = np.flatnonzero(np.isfinite(found))
    if not good.size:
        return Interval.unknown()
    kept = found[good]
    names = list(range(len(kept))) if groups is None else [groups[place] for place in good.tolist()]
    return resampled(names, lambda places: statistic(kept[places]))


def spearman(x: NDArray[np.floating], y: NDArray[np.floating]) -> float:
    """Rank correlation over pairs of which both are numbers; NaN where one of the two stands still."""
    both = np.isfinite(x) & np.isfinite(y)
    if both.sum() < 3:
        return float("nan")
    ranks = [_ranks(np.asarray(each, np.float64)[both]) for each in (x, y)]
    away = [each - each.mean() for each in ranks]
    size = float(np.sqrt((away[0] @ away[0]) * (away[1] @ away[1])))
    return float(away[0] @ away[1] / size) if size > 0.0 else float("nan")


def wasserstein(x: NDArray[np.floating], y: NDArray[np.floating]) -> float:
    """Mean distance between the quantiles of two samples."""
    if not x.size or not y.size:
        return float("nan")
    at = (np.arange(200) + 0.5) / 200.0
    return float(np.abs(np.quantile(x, at) - np.quantile(y, at)).mean())


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Equal values share their mean rank."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - 0.5 * (counts - 1))[inverse], np.float64)
