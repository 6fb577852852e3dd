"""Colours of the picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from hobnail.trace import TraceEmitter

NIGHT: Final = "#0e1117"
PANEL: Final = "#12161f"
RULE: Final = "#262d3b"
DIM: Final = "#8b95a7"
INK: Final = "#eef1f6"
SPECTRUM: Final = ("#12161f", "#1b2440", "#33407d", "#6a4fa3", "#c2567f", "#f28f5b", "#ffd98a", "#fff8e3")
"""From silence to full scale; the waveform borrows from it."""

_MATERIALS: Final = {
    "cloth": "#c8a2ff",
    "glass": "#8fe8d0",
    "gravel": "#d9c7a0",
    "leather": "#e39a6f",
    "leaves": "#b5d99c",
    "metal": "#9fb4d0",
    "snow": "#e6f1ff",
    "stone": "#b9bec9",
    "water": "#6db8ff",
    "wood": "#f5c26b",
}
_OTHERS: Final = ("#f28f8f", "#a6e08a", "#f5a3d0", "#8fd6f2")


def lane_colours(emitters: Sequence[TraceEmitter]) -> dict[str, str]:
    """A colour for every emitter, by what it is made of."""
    return {
        emitter.id: _MATERIALS.get(str(emitter.settings.material), _OTHERS[index % len(_OTHERS)])
        for index, emitter in enumerate(emitters)
    }
