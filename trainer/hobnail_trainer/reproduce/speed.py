"""Steps to the loss at which a plain run ends, and what they say over seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from hobnail_trainer.reproduce.model import REFUTED, SUPPORTED, UNSEEN, Verdict
from hobnail_trainer.reproduce.rules import SEEDS

Curve = Sequence[tuple[int, float]]
"""Step, loss; in order."""

STUDENT: Final = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776}
"""Student's t of 97.5 % by the number of values."""


class Ratio(NamedTuple):
    """A geometric mean over seeds, and Student's interval of 95 % on the logarithms."""

    value: float
    low: float
    high: float
    by_seed: tuple[float, ...]

    def words(self) -> str:
        """For a table."""
        seeds = ", ".join(f"{each:.2f}" for each in self.by_seed)
        return f"{self.value:.2f} ({self.low:.2f} to {self.high:.2f}); seeds {seeds}"


def speed_up(plain: Curve, aligned: Curve) -> float | None:
    """How much sooner ``aligned`` is as low as ``plain`` ends, by straight lines between looks; None: never."""
    end, goal = plain[-1]
    before: tuple[int, float] | None = None
    for step, loss in aligned:
        if loss <= goal:
            if before is None or before[1] <= loss:
                return end / step
            share = (before[1] - goal) / (before[1] - loss)
            return end / (before[0] + share * (step - before[0]))
        before = step, loss
    return None


def speed_ratio(plain: Curve, aligned: Curve) -> float:
    """:func:`speed_up`; where it never is as low, below 1: how much sooner ``plain`` is as low as ``aligned`` ends."""
    found = speed_up(plain, aligned)
    if found is not None:
        return found
    slower = speed_up(aligned, plain)
    assert slower is not None  # one of two ends is not above the other
    return 1.0 / slower


def ratio_of(values: Sequence[float]) -> Ratio:
    """Of positive numbers, one a seed. With one seed the interval is everything."""
    logs = np.log(values)
    mean = float(logs.mean())
    far = math.inf
    if len(values) > 1:
        far = STUDENT.get(len(values), 2.571) * float(logs.std(ddof=1)) / math.sqrt(len(values))
    return Ratio(math.exp(mean), math.exp(mean - far), math.exp(mean + far), tuple(values))


def above_one(found: Ratio) -> Verdict:
    """The claim is that the ratio is above 1."""
    if found.high < 1.0:
        return REFUTED
    decided = found.low > 1.0 and min(found.by_seed) > 1.0 and len(found.by_seed) >= SEEDS
    return SUPPORTED if decided else UNSEEN
