"""What steps cost here and now, measured: so that it is known before one begins whether it would be late.

What was not tried for a while is thought to be as cheap as it ever was, more and more: or a machine that was slow for a
moment would never be tried again.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Final, TypeVar

from hobnail_plugins.aht.slab import SIZES

Key = TypeVar("Key")

NEWS: Final = 0.15
"""Share of a new measurement in the running mean: half of what is known is younger than five steps."""

RISES: Final = 0.5
"""The same for one that was dearer than thought: what gets slower is believed sooner."""

FORGOTTEN_S: Final = 1.0
"""After so long half of what was above the cheapest is forgotten."""


@dataclass(slots=True)
class _Cost:
    """Of one pass."""

    mean: float
    least: float
    at_s: float

    def now(self, now_s: float) -> float:
        return self.least + (self.mean - self.least) * math.exp2((self.at_s - now_s) / FORGOTTEN_S)

    def note(self, taken_s: float, now_s: float) -> None:
        self.mean = _mean(self.now(now_s), taken_s)
        self.least, self.at_s = min(self.least, taken_s), now_s


class Costs:
    """Seconds of a pass by hops and voices, and of all that is done around the passes of a voice.

    Numbers of hops belong to threads: one notes what it takes there, any may ask.
    """

    def __init__(self, clock: Callable[[], float] = perf_counter) -> None:
        self._clock = clock
        self._passes: dict[tuple[int, int], _Cost] = {}
        self._around: dict[int, _Cost] = {}
        self._sounding: dict[int, _Cost] = {}

    def note(self, hops: int, size: int, passes: int, passing_s: float, *, voices: int, around_s: float) -> None:
        """A batch of ``voices``, padded to ``size``: what its passes took together, and everything else."""
        now_s = self._clock()
        _note(self._passes, (hops, size), passing_s / max(1, passes), now_s)
        _note(self._around, hops, around_s / max(1, voices), now_s)

    def seconds(self, hops: int, size: int, passes: int, *, voices: int) -> float:
        """What such a batch will probably take; of a size that was never tried, as the nearest one goes."""
        now_s, around = self._clock(), self._around.get(hops)
        return passes * self._pass_s(hops, size, now_s) + voices * (0.0 if around is None else around.now(now_s))

    def note_sound(self, hops: int, taken_s: float) -> None:
        """What it took to make sound of a block of one voice."""
        _note(self._sounding, hops, taken_s, self._clock())

    def sound_s(self, hops: int) -> float:
        """What that will probably take; 0 where it was never done."""
        return 0.0 if (known := self._sounding.get(hops)) is None else known.now(self._clock())

    def _pass_s(self, hops: int, size: int, now_s: float) -> float:
        if (known := self._passes.get((hops, size))) is not None:
            return known.now(now_s)
        near = [(abs(each - size), each) for each in SIZES if (hops, each) in self._passes]
        if not near:
            return 0.0
        each = min(near)[1]
        return self._passes[hops, each].now(now_s) * max(1.0, size / each)


def _note(costs: dict[Key, _Cost], key: Key, taken_s: float, now_s: float) -> None:
    if (known := costs.get(key)) is None:
        costs[key] = _Cost(taken_s, taken_s, now_s)
    else:
        known.note(taken_s, now_s)


def _mean(before: float, now: float) -> float:
    return before + (RISES if now > before else NEWS) * (now - before)
