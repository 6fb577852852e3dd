"""Decisions, in code before any run: what an interval and seeds have to show.

A difference is *supported* when its 95 % interval, by drawing seeds and blocks again, lies wholly on the claimed side
and every seed agrees; *not supported* when the interval lies wholly on the other side; else it is *not observed at this
scale*. With fewer than three seeds nothing is supported: the most that can be said is what was not observed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hobnail_trainer.reproduce.model import REFUTED, SUPPORTED, UNSEEN, Verdict

SEEDS: Final = 3
DRAWS: Final = 2000

BySeed = Mapping[int, NDArray[np.float64]]


class Difference(NamedTuple):
    """Mean over seeds and blocks, with its interval."""

    value: float
    low: float
    high: float
    by_seed: dict[int, float]

    def words(self) -> str:
        """For a table."""
        seeds = ", ".join(f"{each:+.4f}" for each in self.by_seed.values())
        return f"{self.value:+.4f} ({self.low:+.4f} to {self.high:+.4f}); seeds {seeds}"


def difference(ours: BySeed, theirs: BySeed, groups: Sequence[str] | None = None) -> Difference:
    """``ours`` less ``theirs``: losses of the same blocks, by seed. Seeds, then blocks are drawn again.

    ``groups``: what each block belongs to (a scene); groups are drawn whole.
    """
    seeds = sorted(ours.keys() & theirs.keys())
    apart = np.stack([ours[seed] - theirs[seed] for seed in seeds])
    chance = np.random.default_rng(0)
    picked = chance.integers(0, len(seeds), (DRAWS, len(seeds)))
    if groups is None:
        blocks = chance.integers(0, apart.shape[1], (DRAWS, apart.shape[1]))
        drawn = np.array([apart[rows][:, columns].mean() for rows, columns in zip(picked, blocks, strict=True)])
    else:
        names = sorted(set(groups))
        member = np.array([[group == name for group in groups] for name in names], np.float64)
        sums, sizes = apart @ member.T, member.sum(axis=1)
        some = chance.integers(0, len(names), (DRAWS, len(names)))
        pairs = zip(picked, some, strict=True)
        drawn = np.array([sums[rows][:, kept].sum() / (len(rows) * sizes[kept].sum()) for rows, kept in pairs])
    low, high = np.quantile(drawn, (0.025, 0.975))
    by_seed = {seed: float(row.mean()) for seed, row in zip(seeds, apart, strict=True)}
    return Difference(float(apart.mean()), float(low), float(high), by_seed)


def lower(found: Difference) -> Verdict:
    """The claim is that ours is lower."""
    signs = [value < 0.0 for value in found.by_seed.values()]
    if found.low > 0.0:
        return REFUTED
    decided = found.high < 0.0 and all(signs) and len(signs) >= SEEDS
    return SUPPORTED if decided else UNSEEN


def at_most(value: float, most: float) -> Verdict:
    """The claim is a bound that a single measurement can break."""
    return SUPPORTED if value <= most else REFUTED
