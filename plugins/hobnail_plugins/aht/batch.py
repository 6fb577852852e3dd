"""What runs together: voices of one kind, side by side in the slab, and where their step was laid out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hobnail_plugins.aht.bound import BoundStep, Inputs
from hobnail_plugins.aht.slab import Window
from hobnail_plugins.aht.voice import Voice


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Voices that run together, and where."""

    which: list[int]  #: of the voices asked for, by index
    voices: list[Voice]
    controls: list[Mapping[str, float]]
    features: list[Mapping[str, float]]
    window: Window
    inputs: Inputs
    step: BoundStep
