"""What steps cost here and now, measured: so that it is known before one begins whether it would be late."""

from __future__ import annotations

from typing import Final

from hobnail_plugins.aht.slab import SIZES

NEWS: Final = 0.15
"""Share of a new measurement in the running mean: half of what is known is younger than five steps."""

RISES: Final = 0.5
"""The same for one that was dearer than thought: what gets slower is believed sooner."""


class Costs:
    """Seconds of a pass by hops and voices, and of all that is done around the passes of a voice. [engine]"""

    def __init__(self) -> None:
        self._passes: dict[tuple[int, int], float] = {}
        self._around: dict[int, float] = {}

    def note(self, hops: int, size: int, passes: int, passing_s: float, *, voices: int, around_s: float) -> None:
        """A batch of ``voices``, padded to ``size``: what its passes took together, and everything else."""
        key = hops, size
        self._passes[key] = _mean(self._passes.get(key), passing_s / max(1, passes))
        self._around[hops] = _mean(self._around.get(hops), around_s / max(1, voices))

    def seconds(self, hops: int, size: int, passes: int, *, voices: int) -> float:
        """What such a batch will probably take; of a size that was never tried, as the nearest one goes."""
        known = self._passes.get((hops, size))
        if known is None:
            near = [(abs(each - size), each) for each in SIZES if (hops, each) in self._passes]
            if near:
                each = min(near)[1]
                known = self._passes[hops, each] * max(1.0, size / each)
        return passes * (known or 0.0) + voices * self._around.get(hops, 0.0)


def _mean(before: float | None, now: float) -> float:
    if before is None:
        return now
    return before + (RISES if now > before else NEWS) * (now - before)
