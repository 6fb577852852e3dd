"""What goes into and comes out of a bundle's graphs, by name: whoever exports and whoever plays read it here.

Rows are layer by layer, so that a step takes each layer's rows where they lie and copies nothing::

    keys, values   float32 [layers, voices, key heads, rows, head width]     one array for a stream
    text_keys_3    the same array at [3]: an input of the graph

Row 0 of every stream is its sink, the slot that is always there; ``seen`` [voices, rows] is true in it.
"""

from __future__ import annotations

from typing import Final, Literal

from hobnail_plugins.aht.spec import ADAPTED, NetworkSpec
from hobnail_plugins.streams import STREAMS

GraphName = Literal["tell", "see", "scene", "remember", "step", "plain"]
GRAPHS: Final[tuple[GraphName, ...]] = ("tell", "see", "scene", "remember", "step", "plain")
"""``step`` has live adapters, ``plain`` has none; both can be steered. ``scene`` is ``see`` without pixels."""

LATER: Final[frozenset[GraphName]] = frozenset({"scene"})
"""Graphs that bundles of version 1 have not."""

BLOCK: Final = ("x", "t", "r", "first", "age", "prompt")
"""x float32 [voices, hops, latents]; t, r float32 [voices]; first, age int64 [voices]; prompt [voices, width]."""

CUE: Final = "cue"
"""float32 [voices, hops, cue_hops * CUE_WIDTH]: contacts of each hop's newest hops, the oldest first, 0 where unknown.
An input of networks that have cues."""

LASTS: Final = "lasts"
"""int64 [voices]: hops from a voice's first to its sound's end, 0 where unknown. An input of networks that are told."""

STEERING: Final = ("daf_prior", "daf_hold", "daf_override", "daf_overriding")
"""What a weighting component may set: float32 [voices, 3] or [voices, 1], the fields of ``Steering`` in order."""

STRENGTH: Final = "strength"
"""float32 [voices, 1 or hops, ranks]."""

VELOCITY: Final = "velocity"
WEIGHTS: Final = "daf_weights"
REPORTS: Final = (WEIGHTS, "daf_logits", "daf_entropy", "gca_gates", "gca_sink")
"""What components may read back, means over hops: float32 [voices, 3], of the gates [voices, layers]."""


def seen_of(stream: str) -> str:
    """Input: bool [voices, rows]."""
    return f"{stream}_seen"


def rows_of(stream: str, half: Literal["keys", "values"], layer: int) -> str:
    """Input: float32 [voices, key heads, rows, head width]."""
    return f"{stream}_{half}_{layer}"


def factor_of(name: str, layer: int) -> str:
    """Input: one layer of the factors ``down_<place>`` [inputs, ranks] or ``up_<place>`` [ranks, outputs]."""
    return f"{name}_{layer}"


def row_inputs(layers: int) -> tuple[str, ...]:
    """Every input that holds rows."""
    return tuple(
        rows_of(stream, half, layer) for stream in STREAMS for half in ("keys", "values") for layer in range(layers)
    )


def factor_inputs(layers: int) -> tuple[str, ...]:
    """Every input that holds factors."""
    return tuple(
        factor_of(f"{half}_{place}", layer) for place in ADAPTED for half in ("down", "up") for layer in range(layers)
    )


def step_inputs(spec: NetworkSpec, *, plain: bool) -> tuple[str, ...]:
    """Every input of a step, in order."""
    cue = (CUE,) if spec.cue_hops else ()
    lasts = (LASTS,) if spec.told_end else ()
    common = (*BLOCK, *cue, *lasts, *map(seen_of, STREAMS), *row_inputs(spec.layers), *STEERING)
    return common if plain else (*common, STRENGTH, *factor_inputs(spec.layers))
