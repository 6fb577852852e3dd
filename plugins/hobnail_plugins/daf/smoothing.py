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

The arithmetic is native (``native/include/hobnail/weight_smoothing.hpp``), voice by voice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from hobnail_native import WeightSmoothing
from hobnail_plugins.daf import state as at
from hobnail_plugins.daf.spec import HOP_SECONDS, SmoothingSettings
from hobnail_plugins.daf.state import WeightState

if TYPE_CHECKING:
    from hobnail.contracts import Float32


def smoothing(settings: SmoothingSettings) -> WeightSmoothing:
    """[control] What follows these settings."""
    return WeightSmoothing(
        hop_seconds=HOP_SECONDS,
        seconds=settings.seconds,
        rate=settings.rate,
        floor=settings.floor,
        lead=settings.lead,
        doubt=settings.doubt,
        fallback=settings.fallback,
    )


def before(state: WeightState, still: WeightSmoothing) -> tuple[dict[str, Float32], WeightState]:
    """Graph inputs of a step, [..., 3] or [..., 1], and the state while it runs."""
    table = still.before(state.table)
    inputs = {
        "daf_prior": table[at.PRIOR].T,
        "daf_hold": table[at.HOLD : at.HOLD + 1].T,
        "daf_override": table[at.WANTED].T,
        "daf_overriding": table[at.OVERRIDING : at.OVERRIDING + 1].T,
    }
    return inputs, WeightState(table)


def after(outputs: Mapping[str, Float32], state: WeightState, still: WeightSmoothing) -> WeightState:
    """The state after a step. A voice whose outputs are not finite keeps the state that it had."""
    logits, weights, entropy = (
        np.ascontiguousarray(outputs[name], np.float32) for name in ("daf_logits", "daf_weights", "daf_entropy")
    )
    return WeightState(still.after(state.table, logits, weights, entropy))
