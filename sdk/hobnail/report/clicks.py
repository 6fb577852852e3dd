"""Finds clicks: sample steps that no sound around them explains.

A click is a jump from one sample to the next that is large (more than ``FLOOR`` of full scale) and lonely: no step in
the half millisecond before it *or* after it is a quarter as large, and on average the steps of the 2 ms on either
side are ``RATIO`` times smaller. A sound's own attack, a grain of gravel or a drop is followed by motion of its own
size, and so is not counted; a cut, a dropped block or a wrong sample between two calm stretches is.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

FLOOR: Final = 0.01  # -40 dBFS in one sample step
NEAR_RATIO: Final = 4.0
NEAR_FRAMES: Final = 24  # half a millisecond
RATIO: Final = 8.0  # steps of Gaussian noise exceed 8 times their mean (6.4 sigma) once in 10^10 samples
SIDE_FRAMES: Final = 96  # 2 ms
GUARD_FRAMES: Final = 2  # the click's own samples


def find_clicks(samples: NDArray[np.float32]) -> NDArray[np.int64]:
    """Frames at which a click sits in float32 [frames] or [frames, channels]; one per 2 ms at most."""
    channels = (samples if samples.ndim == 2 else samples[:, None]).T
    found = np.unique(np.concatenate([_clicks_of_channel(channel) for channel in channels]))
    if not found.size:
        return found
    first_of_group = np.concatenate(([True], np.diff(found) > SIDE_FRAMES))
    return np.asarray(found[first_of_group], dtype=np.int64)


def _clicks_of_channel(samples: NDArray[np.float32]) -> NDArray[np.int64]:
    steps = np.abs(np.diff(samples.astype(np.float64), prepend=samples[:1]))
    total = np.concatenate(([0.0], np.cumsum(steps)))
    frames = np.flatnonzero(steps > FLOOR)
    before = _mean(total, frames - GUARD_FRAMES - SIDE_FRAMES, frames - GUARD_FRAMES)
    after = _mean(total, frames + 1 + GUARD_FRAMES, frames + 1 + GUARD_FRAMES + SIDE_FRAMES)
    lonely = steps[frames] > RATIO * np.maximum(before, after)
    return np.array([frame for frame in frames[lonely].tolist() if _towers(steps, frame)], dtype=np.int64)


def _towers(steps: NDArray[np.float64], frame: int) -> bool:
    before = steps[max(0, frame - GUARD_FRAMES - NEAR_FRAMES) : max(0, frame - GUARD_FRAMES)]
    after = steps[frame + 1 + GUARD_FRAMES : frame + 1 + GUARD_FRAMES + NEAR_FRAMES]
    return bool(steps[frame] > NEAR_RATIO * max(before.max(initial=0.0), after.max(initial=0.0)))


def _mean(total: NDArray[np.float64], first: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.float64]:
    """Means of steps[first:last] from their running total; 0 where that lies outside."""
    first, last = (np.clip(edge, 0, len(total) - 1) for edge in (first, last))
    return np.asarray((total[last] - total[first]) / np.maximum(1, last - first), dtype=np.float64)
