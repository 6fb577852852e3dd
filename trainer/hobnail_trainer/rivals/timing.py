"""How a way of making a pass is timed, and what is told of it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Final

import numpy as np

Pass = Callable[[], object]

WARM: Final = 3
LEAST: Final = 10


def timed(what: str, voices: int, one_pass: Pass, seconds: float) -> str:
    """A line of JSON: wall-clock percentiles of a pass, and how many cores were busy meanwhile."""
    for _ in range(WARM):
        one_pass()
    taken: list[float] = []
    began, busy = time.perf_counter(), time.process_time()
    while len(taken) < LEAST or time.perf_counter() - began < seconds:
        before = time.perf_counter()
        one_pass()
        taken.append(1e3 * (time.perf_counter() - before))
    cores = (time.process_time() - busy) / (time.perf_counter() - began)
    return _line(
        what,
        voices,
        p50_ms=round(float(np.percentile(taken, 50)), 2),
        p99_ms=round(float(np.percentile(taken, 99)), 2),
        cores=round(cores, 2),
        count=len(taken),
    )


def not_run(what: str, voices: int, why: str) -> str:
    """A line of JSON for what could not be run."""
    return _line(what, voices, note=why)


def _line(what: str, voices: int, *, note: str = "", **figures: float) -> str:
    return json.dumps({"what": what, "voices": voices, "note": note, **figures})
