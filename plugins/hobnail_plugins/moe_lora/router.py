"""The router at run time: from the prompt and the controls to how strong each expert is.

The prompt p decides offsets a and slopes S, controls c move logits along them::

    l_i = a_i(p) + sum_j S_ij(p) u_j          u_j = |c_j|, or each side of it for itself
    g   = softmax(l)
    s_i = c_i * g_i / max(g)                  of the expert of axis i
    s   = max|c| * g / max(g)                 of the shared expert

An axis' own slope is at least 0, those on other axes' experts at most 0, on the shared one below 1. So s_i is 0 exactly
where c_i is, never falls while c_i grows from -1 to 1, and no strength passes 1; with u = |c| it is odd. All controls
at 0 leave the network as it is. A gate counts beside the largest, so that one control moved alone works in full.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final, NamedTuple

import numpy as np

from hobnail.contracts import Float32
from hobnail_plugins.moe_lora.spec import SHARED

EPSILON: Final = 1e-5  #: of the norm before the router, as in the torch half
RIVAL: Final = -4.0
"""Where the softplus of a rival's slope begins: one axis hardly takes from another until that is learned."""


class Routed(NamedTuple):
    """A router's answer. float32 [voices, hops or 1, experts] each."""

    gates: Float32  #: sum 1
    strengths: Float32  #: -1..1


class Leaning(NamedTuple):
    """What a prompt makes of the router, float32: the same until the prompt changes."""

    offsets: Float32  #: a, [experts], or [voices, experts]
    slopes: Float32  #: S, [experts, moves], or [voices, experts, moves]


@dataclass(frozen=True, slots=True, eq=False)
class RouterTables:
    """The router's weights, float32. Rows of ``leave`` are, expert by expert, the offset and then the slopes."""

    enter: Float32  #: [hidden, prompt width]
    enter_bias: Float32  #: [hidden]
    leave: Float32  #: [experts * (1 + moves), hidden]
    leave_bias: Float32  #: [experts * (1 + moves)]

    def problem(self, width: int, experts: Sequence[str]) -> str:
        """Why these cannot route so many experts in a network of this width; empty when they can."""
        axes, hidden = sum(name != SHARED for name in experts), len(self.enter_bias)
        rows = len(self.leave_bias)
        if rows not in (len(experts) * (1 + axes), len(experts) * (1 + 2 * axes)):
            return f"router: {rows} rows do not fit {len(experts)} experts on {axes} axes"
        shapes = {"enter": (hidden, width), "enter_bias": (hidden,), "leave": (rows, hidden), "leave_bias": (rows,)}
        for field in fields(self):
            array, shape = getattr(self, field.name), shapes[field.name]
            if array.shape != shape or array.dtype != np.float32:
                return f"router: {field.name} is {array.dtype} {list(array.shape)}, expected float32 {list(shape)}"
            if not np.isfinite(array).all():
                return f"router: {field.name} holds NaN or infinity"
        return ""


def slope_kinds(experts: Sequence[str], *, odd: bool) -> Float32:
    """What each slope is, float32 [experts, moves]: 1 an axis' own, -1 on a rival, 0 on the shared expert."""
    axes = [name for name in experts if name != SHARED]
    moved = axes if odd else [*axes, *axes]
    rows = [[0.0 if name == SHARED else 1.0 if name == axis else -1.0 for axis in moved] for name in experts]
    return np.array(rows, np.float32)


def lean(tables: RouterTables, experts: Sequence[str], prompt: Float32) -> Leaning:
    """What a prompt, float32 [width], decides. [any] Once for each prompt; nothing of it is left to do in a step."""
    axes = sum(name != SHARED for name in experts)
    kinds = slope_kinds(experts, odd=len(tables.leave_bias) == len(experts) * (1 + axes))
    centred = prompt - prompt.mean()
    hidden = tables.enter @ (centred / np.sqrt(np.square(centred).mean() + EPSILON)) + tables.enter_bias
    hidden = hidden / (1.0 + np.exp(-np.maximum(hidden, -80.0)))
    made = (tables.leave @ hidden + tables.leave_bias).reshape(len(experts), -1)
    raw = made[:, 1:]
    rivals = -np.logaddexp(0.0, raw + RIVAL)
    slopes = np.where(kinds > 0.0, np.logaddexp(0.0, raw), np.where(kinds < 0.0, rivals, np.tanh(raw)))
    return Leaning(made[:, 0].astype(np.float32), slopes.astype(np.float32))


def route(leaning: Leaning, experts: Sequence[str], controls: Float32) -> Routed:
    """Strengths of any number of voices, each bit for bit as it would be alone. [engine]

    ``leaning``: one, or of each voice along a first axis; ``controls`` float32 [voices, hops or 1, axes] in -1..1, in
    the order of the experts.
    """
    odd = leaning.slopes.shape[-1] == controls.shape[-1]
    sides = np.abs(controls) if odd else np.maximum(np.concatenate([controls, -controls], axis=-1), 0.0)
    logits = np.broadcast_to(leaning.offsets[..., None, :], (*controls.shape[:2], len(experts)))
    for move in range(sides.shape[-1]):  # one by one: a product of matrices rounds otherwise in another batch
        logits = logits + leaning.slopes[..., None, :, move] * sides[..., move, None]
    relative = np.exp(logits - logits.max(axis=-1, keepdims=True))
    gates = relative / relative.sum(axis=-1, keepdims=True)
    return Routed(gates, relative * moves_of(experts, controls))


def moves_of(experts: Sequence[str], controls: Float32) -> Float32:
    """What each expert's gate is multiplied by: its own control, or the largest: [..., axes] -> [..., experts]."""
    largest = np.abs(controls).max(axis=-1)
    columns = iter(np.moveaxis(controls, -1, 0))
    return np.stack([largest if name == SHARED else next(columns) for name in experts], axis=-1)
