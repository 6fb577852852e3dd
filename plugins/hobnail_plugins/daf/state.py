"""The smoothing state of weighting: one for each emitter, carried by the caller, never changed in place.

It is one table of few numbers, so that the states of all voices stand side by side and are stepped by one call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from hobnail.errors import ConfigError
from hobnail_plugins.streams import STREAMS

if TYPE_CHECKING:
    from hobnail.contracts import Float32

AVERAGE: Final = slice(0, 3)  #: moving average of the logits, 0 for the highest
DRIFT: Final = slice(3, 6)  #: moving average of what the logits were off the average by
WEIGHTS: Final = slice(6, 9)  #: that are held, sum 1 over the streams that are there
PRIOR: Final = slice(9, 12)  #: the same as logits, for the graph
PRESENT: Final = slice(12, 15)  #: 1 for streams that were there, else 0
LEADER: Final = slice(15, 18)  #: 1 for the stream that leads, else 0
WANTED: Final = slice(18, 21)  #: weights that the caller wants
UNREST: Final = 21  #: moving average of how far logits were off, whichever way
BEGUN: Final = 22  #: 1 once a step has been taken
HOLD: Final = 23  #: how much of the prior the step under way keeps
HOPS: Final = 24  #: length of the next step
ASKED: Final = 25  #: how far the caller wants his weights to replace the component's own, 0..1
OVERRIDING: Final = 26  #: how far they do
ROWS: Final = 27


@dataclass(frozen=True, slots=True)
class WeightState:
    """What is known of an emitter's weights between two steps, or of several emitters'."""

    table: Float32  #: float32 [ROWS] or [ROWS, voices]

    @property
    def weights(self) -> Float32:
        """Weights held for text, vision, history: float32 [..., 3]."""
        return self.table[WEIGHTS].T

    @property
    def leader(self) -> int:
        """Which stream leads, -1 before the first step; of a single voice."""
        return int(self.table[LEADER].argmax()) if self.table[LEADER].any() else -1


def new_state(hops: int = 2) -> WeightState:
    """Nothing is known: the first step weighs anew. ``hops``: length of a step, until :func:`told` says otherwise."""
    table = np.zeros(ROWS, np.float32)
    table[WEIGHTS] = table[WANTED] = 1.0 / len(STREAMS)
    table[PRESENT] = 1.0
    table[HOPS] = hops
    return WeightState(table)


def told(
    state: WeightState, *, hops: int | None = None, wanted: Sequence[float] | None = None, share: float | None = None
) -> WeightState:
    """``state`` for a next step of so many hops, or with other weights laid over the component's own.

    ``wanted``: weights of text, vision, history, which need not sum to 1; ``share`` 0..1: how far they replace the
    component's own (0 lets go). Once a voice sounds, the share moves no faster than the rate limit allows. Raises
    ConfigError.
    """
    table = state.table.copy()
    if hops is not None:
        if hops < 1:
            raise ConfigError(f"a step has {hops} hops.", cure="Take 1 or more.")
        table[HOPS] = hops
    if wanted is not None:
        weights = np.asarray(wanted, np.float32)
        if weights.shape != (len(STREAMS),) or not np.isfinite(weights).all() or weights.min() < 0 or not weights.any():
            raise ConfigError(
                f"weights are {list(wanted)!r:.80}.",
                cure=f"Give a number from 0 for each of {', '.join(STREAMS)}, at least one above 0.",
            )
        table[WANTED].T[...] = weights / weights.sum()
    if share is not None:
        if not 0.0 <= share <= 1.0:
            raise ConfigError(f"share is {share}.", cure="Take 0 (the component's own weights) to 1 (yours).")
        table[ASKED] = share
    return WeightState(table)


def gathered(states: Sequence[WeightState]) -> WeightState:
    """States of single voices as one of several."""
    return WeightState(np.array([state.table for state in states]).T.copy())


def spread(state: WeightState) -> list[WeightState]:
    """The opposite of :func:`gathered`."""
    return [WeightState(row) for row in state.table.T.copy()]
