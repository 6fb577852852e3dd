"""Whether a router collapsed: how experts share the work, and whether they belong to controls."""

from __future__ import annotations

import math

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


class Collapse(msgspec.Struct, frozen=True, kw_only=True):
    """Figures over samples in which something was moved."""

    samples: int
    share: tuple[float, ...]  #: of each expert, how often its gate was the largest
    load: tuple[float, ...]  #: mean gate of each expert
    evenness: float  #: H(load) / log N: 1 used alike, 0 one takes all
    largest: float  #: load of the busiest expert
    sharpness: float  #: 1 - mean H(g) / log N: 1 where every sample has one expert
    information: float  #: I(control; expert) in bits; log2 of the axes, at most


def collapse(gates: Floats, controls: Floats) -> Collapse:
    """``gates`` [samples, experts], ``controls`` [samples, axes]. A sample belongs to the control that was moved most.

    I(C; E) = sum p(c, e) log2(p(c, e) / p(c) p(e)), with p(c, e) the mean gate of e over samples of c, times p(c).
    """
    moved = np.abs(controls).max(axis=1) > 0.0
    gates, controls = gates[moved].astype(np.float64), controls[moved]
    count, experts = gates.shape
    if count == 0:
        nothing = (0.0,) * experts
        return Collapse(
            samples=0, share=nothing, load=nothing, evenness=0.0, largest=0.0, sharpness=0.0, information=0.0
        )
    load = gates.mean(axis=0)
    share = np.bincount(gates.argmax(axis=1), minlength=experts) / count
    axis = np.abs(controls).argmax(axis=1)
    joint = np.stack([gates[axis == each].sum(axis=0) / count for each in range(controls.shape[1])])
    apart = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0)
    there = joint > 0.0
    most = math.log(experts) if experts > 1 else 1.0
    return Collapse(
        samples=count,
        share=tuple(share.tolist()),
        load=tuple(load.tolist()),
        evenness=float(_entropy(load) / most),
        largest=float(load.max()),
        sharpness=float(1.0 - _entropy(gates).mean() / most),
        information=max(0.0, float((joint[there] * np.log2(joint[there] / apart[there])).sum())),
    )


def _entropy(shares: Floats) -> Floats:
    """Natural, along the last axis."""
    return np.asarray(-(shares * np.log(np.maximum(shares, 1e-300))).sum(axis=-1))
