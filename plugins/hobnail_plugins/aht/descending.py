"""From noise to a block: passes of a step that has been laid out, one by one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from time import perf_counter

import numpy as np

from hobnail_native import Team
from hobnail_plugins.aht.beside import Work
from hobnail_plugins.aht.bound import BoundStep


def descended(step: BoundStep, times: Sequence[float], rows: range, *, instant: bool, team: Team | None) -> Work[float]:
    """[engine] Lead ``rows`` of ``step.x``, or all of it, from ``times[0]`` to the last, giving way between passes.

    Seconds that passes took. ``instant``: the network knows velocities only, and is asked for none over an interval.
    With a ``team`` there is no giving way: all passes are one call where that is possible, and its threads share the
    voices.
    """
    began, took_s = perf_counter(), 0.0
    if team is not None and step.descend(times, rows, instant=instant, team=team):
        return perf_counter() - began
    for number, (t, r) in enumerate(pairwise(times)):
        if number:
            yield
        began = perf_counter()
        step.t[...] = t
        step.r[...] = t if instant else r
        step.run()
        step.x -= np.float32(t - r) * step.velocity
        took_s += perf_counter() - began
    return took_s
