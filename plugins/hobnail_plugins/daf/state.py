"""The smoothing state of weighting: one for each emitter, carried by the caller, never changed in place.

Every array may have leading axes, so one call steps a single voice ([3]) or all of them ([voices, 3]).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from hobnail.errors import ConfigError
from hobnail_plugins.streams import STREAMS

if TYPE_CHECKING:
    from hobnail.contracts import Float32


@dataclass(frozen=True, slots=True)
class WeightState:
    """What is known of an emitter's weights between two steps. float32 [..., 3] unless said otherwise."""

    average: Float32  #: moving average of the logits, 0 for the highest
    weights: Float32  #: that are held, sum 1 over the streams that are there
    prior: Float32  #: the same as logits, for the graph
    present: NDArray[np.bool_]  #: [..., 3], streams that were there
    leader: NDArray[np.intp]  #: [..., 1], the stream that leads
    begun: NDArray[np.bool_]  #: [..., 1], whether a step has been taken
    hold: Float32  #: [..., 1], how much of the prior the step under way keeps
    hops: Float32  #: [..., 1], length of the next step
    wanted: Float32  #: weights that the caller wants
    asked: Float32  #: [..., 1], how far the caller wants them to replace the component's own, 0..1
    overriding: Float32  #: [..., 1], how far they do


def new_state(hops: int = 2) -> WeightState:
    """Nothing is known: the first step weighs anew. ``hops``: length of a step, until :func:`told` says otherwise."""
    equal = np.full(len(STREAMS), 1.0 / len(STREAMS), np.float32)
    nothing = np.zeros(1, np.float32)
    return WeightState(
        average=np.zeros_like(equal),
        weights=equal,
        prior=np.zeros_like(equal),
        present=np.ones(len(STREAMS), np.bool_),
        leader=np.zeros(1, np.intp),
        begun=np.zeros(1, np.bool_),
        hold=nothing,
        hops=np.full(1, hops, np.float32),
        wanted=equal,
        asked=nothing,
        overriding=nothing,
    )


def told(
    state: WeightState, *, hops: int | None = None, wanted: Sequence[float] | None = None, share: float | None = None
) -> WeightState:
    """``state`` for a next step of so many hops, or with other weights laid over the component's own.

    ``wanted``: weights of text, vision, history, which need not sum to 1; ``share`` 0..1: how far they replace the
    component's own (0 lets go). Both are approached no faster than the rate limit allows. Raises ConfigError.
    """
    if hops is not None:
        if hops < 1:
            raise ConfigError(f"a step has {hops} hops.", cure="Take 1 or more.")
        state = replace(state, hops=np.full_like(state.hops, hops))
    if wanted is not None:
        weights = np.asarray(wanted, np.float32)
        if weights.shape != (len(STREAMS),) or not np.isfinite(weights).all() or weights.min() < 0 or not weights.any():
            raise ConfigError(
                f"weights are {list(wanted)!r:.80}.",
                cure=f"Give a number from 0 for each of {', '.join(STREAMS)}, at least one above 0.",
            )
        state = replace(state, wanted=np.broadcast_to(weights / weights.sum(), state.wanted.shape))
    if share is not None:
        if not 0.0 <= share <= 1.0:
            raise ConfigError(f"share is {share}.", cure="Take 0 (the component's own weights) to 1 (yours).")
        state = replace(state, asked=np.full_like(state.asked, share))
    return state


def gathered(states: Sequence[WeightState]) -> WeightState:
    """States of single voices as one with a leading axis [voices, ...]."""
    names = [field.name for field in fields(WeightState)]
    return WeightState(**{name: np.stack([getattr(state, name) for state in states]) for name in names})


def spread(state: WeightState) -> list[WeightState]:
    """The opposite of :func:`gathered`. The parts are views, which costs nothing: states are never changed in place."""
    columns = [cast("NDArray[np.generic]", getattr(state, field.name)) for field in fields(WeightState)]
    return [WeightState(*row) for row in zip(*columns, strict=True)]
