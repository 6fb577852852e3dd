"""Weights that keep still: what happens to them from one step to the next. Pure numpy, no torch.

::

    before a step:  news = 1 - exp(-step / T), hold = 1 - news^2; prior (logits held) and hold go into the graph, where
                    every layer's logits become hold * prior + (1 - hold) * what the layer thinks
    after it:       raw = (logits - hold * prior) / (1 - hold)                 what the layers thought, their mean
                    average += (1 - (1 - news)^(1 + trend)) (raw - average)    moving average, in logits
                    trend = |mean of (raw - average)| / mean of |raw - average|: 1 a step, 0 to and fro
                    doubt   every entropy high: towards the fallback
                    lead    the leading stream stays a little in front until another leads by more than ``lead``
                    floor   no stream that is there below ``floor``, none above 1 - 2 floor
                    rate    no weight moves by more than rate * step
                    prior = log of the weights that are left

A small step hears mostly what is held, a block of half a second mostly itself. ``trend`` is the tracking signal of
Trigg and Leach (1967): what keeps pulling one way is followed twice as fast as what swings. Nothing is limited where a
stream comes or goes: that is a cut, not an oscillation.

Arrays are [3] or [3, voices] in here, so that a sum over streams is a sum over the first axis.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from hobnail_plugins.daf import state as at
from hobnail_plugins.daf.spec import HOP_SECONDS, SmoothingSettings
from hobnail_plugins.daf.state import WeightState

if TYPE_CHECKING:
    from hobnail.contracts import Float32

HIDDEN: Final = np.float32(-1e4)
_LONGEST: Final = 0.995
"""Hold of a step, at most: what the layers thought is worked out by division by what is left."""


def before(state: WeightState, settings: SmoothingSettings) -> tuple[dict[str, Float32], WeightState]:
    """Graph inputs of a step, [..., 3] or [..., 1], and the state while it runs."""
    table = state.table.copy()
    begun, asked, overriding = table[at.BEGUN], table[at.ASKED], table[at.OVERRIDING]
    table[at.HOLD] = np.minimum(1.0 - _news(table, settings) ** 2, _LONGEST) * begun
    reach = np.where(begun > 0.0, settings.rate * HOP_SECONDS * table[at.HOPS], 1.0)
    table[at.OVERRIDING] = overriding + np.minimum(np.maximum(asked - overriding, -reach), reach)
    inputs = {
        "daf_prior": np.ascontiguousarray(table[at.PRIOR].T),
        "daf_hold": np.ascontiguousarray(table[at.HOLD : at.HOLD + 1].T),
        "daf_override": np.ascontiguousarray(table[at.WANTED].T),
        "daf_overriding": np.ascontiguousarray(table[at.OVERRIDING : at.OVERRIDING + 1].T),
    }
    return inputs, WeightState(table)


def after(outputs: Mapping[str, Float32], state: WeightState, settings: SmoothingSettings) -> WeightState:
    """The state after a step. A voice whose outputs are not finite keeps the state that it had."""
    old = state.table
    logits, weights, entropy = (outputs[name].T for name in ("daf_logits", "daf_weights", "daf_entropy"))
    sound = np.isfinite(np.add.reduce(logits + weights + entropy))
    if not sound.all():
        logits, weights = np.where(sound, logits, old[at.PRIOR]), np.where(sound, weights, old[at.WEIGHTS])
        entropy = np.where(sound, entropy, 0.0)
    present = _present(weights, old)
    gone = np.where(present, np.float32(0.0), HIDDEN)
    cut = (old[at.BEGUN] == 0.0) | np.logical_or.reduce(present != (old[at.PRESENT] > 0.0))
    new = old.copy()

    deepest = math.log((1.0 - 2.0 * settings.floor) / settings.floor)
    hold = old[at.HOLD]
    raw = (logits - hold * old[at.PRIOR]) / (1.0 - hold)
    raw = np.minimum(np.maximum(raw - np.maximum.reduce(raw + gone), -deepest), 0.0)
    new[at.AVERAGE], new[at.DRIFT], new[at.UNREST] = _averaged(raw, old, settings)
    own = new[at.AVERAGE] - _log_sum(new[at.AVERAGE] + gone)
    aim = _doubted(own + gone, entropy, present, settings)
    margin = np.minimum((1.0 - hold) * deepest, settings.lead)
    aim, new[at.LEADER] = _led(aim, np.where(cut, 0.0, old[at.LEADER]), settings.lead, margin)
    held = _floored(np.exp(aim), present, settings.floor)
    new[at.WEIGHTS] = held = _limited(held, old, cut, settings.rate)
    newcomer = np.maximum(own, math.log(settings.floor))
    new[at.PRIOR] = np.where(present, np.log(np.maximum(held, 1e-6)), np.minimum(newcomer, 0.0))
    new[at.PRESENT], new[at.BEGUN] = present, 1.0
    return WeightState(new if sound.all() else np.where(sound, new, old))


def _news(table: Float32, settings: SmoothingSettings) -> Float32:
    """How much of a step's own logits enters the moving average; all of the first. float32 [...]."""
    if settings.seconds <= 0.0:
        return np.ones_like(table[at.HOPS])
    steady = -np.expm1(table[at.HOPS] * np.float32(-HOP_SECONDS / settings.seconds))
    out: Float32 = 1.0 - table[at.BEGUN] * (1.0 - steady)
    return out


def _averaged(raw: Float32, old: Float32, settings: SmoothingSettings) -> tuple[Float32, Float32, Float32]:
    """The moving average, and the two averages of its errors from which its trend follows."""
    news = _news(old, settings)
    off = raw - old[at.AVERAGE]
    known = off * old[at.BEGUN]
    drift = old[at.DRIFT] + news * (known - old[at.DRIFT])
    unrest = old[at.UNREST] + news * (np.add.reduce(np.abs(known)) - old[at.UNREST])
    trend = np.add.reduce(np.abs(drift)) / np.maximum(unrest, 1e-6)
    share = 1.0 - (1.0 - news) ** (1.0 + trend)
    return old[at.AVERAGE] + share * off, drift, unrest


def _present(weights: Float32, old: Float32) -> NDArray[np.bool_]:
    """The graph gives absent streams exactly 0. Under the caller's weights nothing is to be seen: as it was."""
    present = np.where(old[at.OVERRIDING] > 0.0, old[at.PRESENT] > 0.0, weights > 0.0)
    out: NDArray[np.bool_] = np.logical_or(present, ~np.logical_or.reduce(present))
    return out


def _doubted(own: Float32, entropy: Float32, present: NDArray[np.bool_], settings: SmoothingSettings) -> Float32:
    """Log weights, towards the fallback where even the surest stream knows next to nothing: all of it half-way to 1."""
    surest = np.minimum.reduce(np.where(present, entropy, np.float32(1.0)))
    if not np.any(surest > settings.doubt):
        return own
    share = np.minimum(np.maximum(2.0 * (surest - settings.doubt) / (1.0 - settings.doubt), 0.0), 1.0)
    fallback = np.log(np.asarray(settings.fallback, np.float32)).reshape(-1, *(1,) * (own.ndim - 1))
    mixed = np.where(present, own + share * (fallback - own), HIDDEN)
    return mixed - _log_sum(mixed)


def _led(aim: Float32, leader: Float32, lead: float, margin: Float32) -> tuple[Float32, Float32]:
    """Log weights in which the leader is in front by ``margin``, and who leads; an all-0 leader is found anew."""
    streams = np.arange(len(aim)).reshape(-1, *(1,) * (aim.ndim - 1))
    best = streams == aim.argmax(axis=0)
    ahead = np.maximum.reduce(aim) - np.add.reduce(aim * leader)
    change = (np.add.reduce(leader) == 0.0) | (ahead > lead)
    leads = np.where(change, best, leader > 0.0)
    others = np.maximum.reduce(np.where(leads, HIDDEN, aim))
    return np.where(leads, np.maximum(aim, others + margin), aim), leads.astype(np.float32)


def _floored(strengths: Float32, present: NDArray[np.bool_], floor: float) -> Float32:
    """Weights that sum to 1, at least ``floor`` for each that is there; what lies within keeps its proportions."""
    over = np.maximum(strengths / np.add.reduce(strengths) - floor, 0.0) * present
    free = 1.0 - floor * np.add.reduce(present, dtype=np.float32)
    out: Float32 = (floor + over * (free / np.add.reduce(over))) * present
    return out


def _limited(aim: Float32, old: Float32, cut: NDArray[np.bool_], rate: float) -> Float32:
    """From the weights held towards ``aim``, as far as the rate allows."""
    way = aim - old[at.WEIGHTS]
    reach = np.where(cut, np.float32(2.0), rate * HOP_SECONDS * old[at.HOPS])
    out: Float32 = old[at.WEIGHTS] + np.minimum(1.0, reach / np.maximum(np.maximum.reduce(np.abs(way)), 1e-9)) * way
    return out


def _log_sum(logits: Float32) -> Float32:
    top = np.maximum.reduce(logits)
    out: Float32 = top + np.log(np.add.reduce(np.exp(logits - top)))
    return out
