"""How still weights keep, and how fast they answer: the two ends between which smoothing is set.

``weights`` are float [steps, streams], a row for each step of ``step_seconds``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Weights = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Stability:
    """Of a stretch of sound."""

    flips: float  #: a second, how often another stream counts most
    variation: float  #: a second, how much weight moved from stream to stream; 1 is all of it, once


def stability(weights: Weights, step_seconds: float) -> Stability:
    """Flips and total variation; both 0 for a single step.

    The variation is half the sum of |w_t - w_(t-1)| over streams, so that what one stream loses and another gains
    counts once. A tie is no flip: the stream that led goes on leading.
    """
    seconds = (len(weights) - 1) * step_seconds
    if seconds <= 0.0:
        return Stability(0.0, 0.0)
    moved = 0.5 * float(np.abs(np.diff(weights, axis=0)).sum())
    return Stability(_flips(weights) / seconds, moved / seconds)


def response_seconds(weights: Weights, step_seconds: float, event: int, *, share: float = 0.9) -> float:
    """From the beginning of step ``event`` until the weights have gone ``share`` of their way for good; inf: never.

    The way is that of the stream that moved most, from its weight in the step before the event to that of the last
    step. The time is that at the end of the step which got there, so the least is one step. 0 when nothing moved.
    """
    start, end = weights[event - 1], weights[-1]
    stream = int(np.abs(end - start).argmax())
    way = float(end[stream] - start[stream])
    if abs(way) < 1e-6:
        return 0.0
    gone = (weights[event:, stream] - start[stream]) / way
    short = np.flatnonzero(gone < share)
    arrived = int(short[-1]) + 1 if len(short) else 0
    return (arrived + 1) * step_seconds if arrived < len(gone) else math.inf


def _flips(weights: Weights) -> int:
    leader, flips = int(weights[0].argmax()), 0
    for row in weights[1:]:
        best = int(row.argmax())
        if row[best] > row[leader]:
            leader, flips = best, flips + 1
    return flips
