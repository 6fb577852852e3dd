"""Weights that keep still: what happens to them from one step to the next. Pure numpy, no torch.

::

    before a step:  prior (logits held) and hold = exp(-step / T) go into the graph, which mixes in every layer
                    logits = hold * prior + (1 - hold) * what the layer thinks
    after it:       raw = (logits - hold * prior) / (1 - hold)           what the layers thought, their mean
                    average = hold * average + (1 - hold) * raw          moving average, in logits
                    doubt     every entropy high: towards the fallback
                    lead      the leading stream stays in front until another leads by more than ``lead``
                    floor     no stream that is there below ``floor``, none above 1 - 2 floor
                    rate      no weight moves by more than rate * step
                    prior = log of the weights that are left

Nothing is limited where a stream comes or goes: that is a cut, not an oscillation.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hobnail_plugins.daf.spec import HOP_SECONDS, SmoothingSettings
from hobnail_plugins.daf.state import WeightState

if TYPE_CHECKING:
    from hobnail.contracts import Float32

HIDDEN = -1e4
_LONGEST = 0.995
"""Hold of a step, at most: what the layers thought is worked out by division by what is left."""


def before(state: WeightState, settings: SmoothingSettings) -> tuple[dict[str, Float32], WeightState]:
    """Graph inputs of a step, and the state while it runs."""
    seconds = state.hops * np.float32(HOP_SECONDS)
    if settings.seconds > 0.0:
        hold = np.minimum(np.exp(-seconds / settings.seconds), _LONGEST) * state.begun
    else:
        hold = np.zeros_like(seconds)
    reach = np.where(state.begun, settings.rate * seconds, 1.0)
    overriding = state.overriding + np.clip(state.asked - state.overriding, -reach, reach)
    hold, overriding = hold.astype(np.float32), overriding.astype(np.float32)
    inputs = {
        "daf_prior": state.prior,
        "daf_hold": hold,
        "daf_override": state.wanted,
        "daf_overriding": overriding,
    }
    return inputs, replace(state, hold=hold, overriding=overriding)


def after(outputs: Mapping[str, Float32], state: WeightState, settings: SmoothingSettings) -> WeightState:
    """The state after a step. A voice whose outputs are not finite keeps the state that it had."""
    logits, weights, entropy = outputs["daf_logits"], outputs["daf_weights"], outputs["daf_entropy"]
    sound = np.isfinite(logits + weights + entropy).all(axis=-1, keepdims=True)
    if not sound.all():
        logits, entropy = np.where(sound, logits, state.prior), np.where(sound, entropy, 0.0)
        weights = np.where(sound, weights, state.weights)
    present = _present(weights, state)
    deepest = math.log((1.0 - 2.0 * settings.floor) / settings.floor)
    raw = (logits - state.hold * state.prior) / (1.0 - state.hold)
    raw = np.clip(raw - _masked(raw, present).max(axis=-1, keepdims=True), -deepest, 0.0)
    average = raw + state.hold * (state.average - raw)
    own = _log_softmax(_masked(average, present))
    aim = _doubted(own, entropy, present, settings)
    cut = ~state.begun | (present != state.present).any(axis=-1, keepdims=True)
    aim, leader = _led(aim, np.where(cut, -1, state.leader), settings.lead)
    held = _limited(_floored(np.exp(aim), present, settings.floor), state, cut, settings.rate)
    newcomer = np.clip(average - _log_sum(_masked(average, present)), math.log(settings.floor), 0.0)
    prior = np.where(present, np.log(np.maximum(held, 1e-6)), newcomer)
    after_it = replace(
        state,
        average=average.astype(np.float32),
        weights=held.astype(np.float32),
        prior=prior.astype(np.float32),
        present=present,
        leader=leader,
        begun=np.ones_like(state.begun),
    )
    return after_it if sound.all() else _kept(sound, after_it, state)


def _present(weights: Float32, state: WeightState) -> NDArray[np.bool_]:
    """The graph gives absent streams exactly 0; what the caller laid over it is taken off first."""
    rest = 1.0 - state.overriding
    own = (weights - state.overriding * state.wanted) / np.maximum(rest, 1e-3)
    present = np.where(rest > 1e-3, own > 1e-6, state.present)
    return present | ~present.any(axis=-1, keepdims=True)


def _doubted(own: Float32, entropy: Float32, present: NDArray[np.bool_], settings: SmoothingSettings) -> Float32:
    """Log weights, towards the fallback where even the surest stream knows next to nothing: all of it half-way to 1."""
    surest = np.where(present, entropy, 1.0).min(axis=-1, keepdims=True)
    share = np.clip(2.0 * (surest - settings.doubt) / (1.0 - settings.doubt), 0.0, 1.0)
    if not share.any():
        return own
    fallback = _log_softmax(_masked(np.log(np.asarray(settings.fallback, np.float32)), present))
    return _log_softmax(own + share * (fallback - own))


def _led(aim: Float32, leader: NDArray[np.intp], lead: float) -> tuple[Float32, NDArray[np.intp]]:
    """Who leads now, and log weights in which that stream is in front; a leader of -1 is to be found anew."""
    best = aim.argmax(axis=-1, keepdims=True)
    top = np.take_along_axis(aim, best, axis=-1)
    old = np.take_along_axis(aim, np.maximum(leader, 0), axis=-1)
    change = (leader < 0) | (top - old > lead)
    leader = np.where(change, best, leader)
    behind = (leader != best) & ~change
    if behind.any():
        front = np.where(behind, top + 1e-3, np.take_along_axis(aim, leader, axis=-1))
        aim = aim.copy()
        np.put_along_axis(aim, leader, front, axis=-1)
        aim = _log_softmax(aim)
    return aim, leader


def _floored(weights: Float32, present: NDArray[np.bool_], floor: float) -> Float32:
    """At least ``floor`` for each that is there; what lies within stays what it is."""
    over = np.maximum(weights - floor, 0.0) * present
    free = 1.0 - floor * present.sum(axis=-1, keepdims=True)
    out: Float32 = (floor + over * (free / over.sum(axis=-1, keepdims=True))) * present
    return out


def _limited(aim: Float32, state: WeightState, cut: NDArray[np.bool_], rate: float) -> Float32:
    """From the weights held towards ``aim``, as far as the rate allows."""
    way = aim - state.weights
    longest = np.abs(way).max(axis=-1, keepdims=True)
    reach = rate * HOP_SECONDS * state.hops
    share = np.where(cut, 1.0, np.minimum(1.0, reach / np.maximum(longest, 1e-9)))
    out: Float32 = state.weights + share * way
    return out


def _masked(logits: Float32, present: NDArray[np.bool_]) -> Float32:
    return np.where(present, logits, np.float32(HIDDEN))


def _log_sum(logits: Float32) -> Float32:
    top = logits.max(axis=-1, keepdims=True)
    out: Float32 = top + np.log(np.exp(logits - top).sum(axis=-1, keepdims=True))
    return out


def _log_softmax(logits: Float32) -> Float32:
    return logits - _log_sum(logits)


def _kept(sound: NDArray[np.bool_], new: WeightState, old: WeightState) -> WeightState:
    """``new`` where the step was sound, else ``old``."""
    names = ("average", "weights", "prior", "present", "leader", "begun")
    return replace(new, **{name: np.where(sound, getattr(new, name), getattr(old, name)) for name in names})
