"""Adapters at a fixed setting, written into the network's own weights: one graph without slots, cheaper by them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from hobnail.contracts import Float32
from hobnail.errors import PaletteError
from hobnail_plugins.moe_lora.palette import Palette


def merge(weights: Mapping[str, Float32], palette: Palette, strengths: Sequence[float]) -> dict[str, Float32]:
    """The network's weights with a palette in them: W + sum of s * alpha / rank * B A over experts.

    ``weights`` by the names of the state dict (``layers.0.self_q.weight``, float32 [outputs, inputs]); ``strengths``:
    of each expert in order. Weights that no expert touches are handed on as they are. Raises PaletteError.
    """
    if len(strengths) != len(palette.experts):
        raise PaletteError(
            f"palette {palette.name!r}: {len(strengths)} strengths for {len(palette.experts)} experts.",
            cure=f"Give one for each of {', '.join(palette.names)}.",
        )
    changes: dict[str, np.ndarray] = {}
    for expert, strength in zip(palette.experts, strengths, strict=True):
        for (place, layer), pair in expert.pairs.items():
            name = f"layers.{layer}.{place}.weight"
            change = (strength * expert.scale) * (pair.up.astype(np.float64) @ pair.down.astype(np.float64))
            changes[name] = changes[name] + change if name in changes else change
    merged = dict(weights)
    for name, change in changes.items():
        if name not in merged or merged[name].shape != change.shape:
            found = "is missing" if name not in merged else f"is {list(merged[name].shape)}"
            raise PaletteError(
                f"palette {palette.name!r}: {name} {found}, expected {list(change.shape)}.",
                cure="Merge it into the network that it was made for.",
            )
        merged[name] = (merged[name] + change).astype(np.float32)
    return merged
