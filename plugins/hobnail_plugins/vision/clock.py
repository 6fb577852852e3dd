"""From the clocks of games and cameras to the clock of hops.

Hop n begins at frame n * 512 of the session. What happened at frame f is known to the first hop that begins at f or
later, and to no hop before: nothing here looks ahead.

::

    ticks at 60 Hz   |0       |800     |1600    |2400
    hops             |0    |512  |1024 |1536 |2048 |2560
    newest tick       0     0     1     1     2     3
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from hobnail.audio import HOP_FRAMES, RATE_HZ
from hobnail.errors import EngineError

Int64: TypeAlias = NDArray[np.int64]


def frames_of(count: int, rate_hz: float) -> Int64:
    """When the ticks of an even clock happen, rounded up: int64 [count], session frames. Raises EngineError."""
    if not 0.0 < rate_hz <= RATE_HZ:
        raise EngineError(f"rate_hz is {rate_hz:g}, expected above 0 and at most {RATE_HZ}.")
    return np.asarray(np.ceil(np.arange(count) * (RATE_HZ / rate_hz) - 1e-6), np.int64)


def checked_frames(at_frames: Int64, count: int, what: str) -> Int64:
    """``at_frames`` [count] as they are, if they never go back. Raises EngineError naming ``what``."""
    at = np.asarray(at_frames, np.int64)
    if at.shape != (count,):
        raise EngineError(f"{what}: {count} of them at {list(at.shape)} frames, expected one frame for each.")
    if count and (np.diff(at) < 0).any():
        raise EngineError(f"{what}: their frames go back.", cure="Sort them by time.")
    return at


def first_hops(at_frames: Int64) -> Int64:
    """The first hop that knows what happened at each frame: int64, same shape."""
    return np.asarray(-(-np.asarray(at_frames, np.int64) // HOP_FRAMES), np.int64)


def newest(at_frames: Int64, hops: int, *, first_hop: int = 0) -> Int64:
    """Index of the newest tick that each hop knows, -1 for none: int64 [hops], from ``first_hop`` on."""
    wanted = np.arange(first_hop, first_hop + hops)
    return np.asarray(np.searchsorted(first_hops(at_frames), wanted, side="right") - 1, np.int64)


def hops_until(count: int, rate_hz: float) -> int:
    """Hops that begin while ``count`` ticks last."""
    return int(-(-count * RATE_HZ // (rate_hz * HOP_FRAMES)))
