"""The three axes, from normalised values to what they do to a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Axes:
    """Pitch, intensity and texture in their own units; 0 is neutral for each."""

    semitones: float = 0.0
    level_db: float = 0.0
    texture: float = 0.0  #: -1 tonal .. 1 noisy and granular

    @staticmethod
    def of(controls: Mapping[str, float]) -> Axes:
        """From normalised 0..1 values; an axis that is not there is neutral."""
        return Axes(
            semitones=24.0 * _axis(controls, "pitch"),
            level_db=36.0 * _axis(controls, "intensity"),
            texture=2.0 * _axis(controls, "texture"),
        )


def _axis(controls: Mapping[str, float], id: str) -> float:
    """Distance from the middle, -0.5..0.5."""
    return min(1.0, max(0.0, controls.get(id, 0.5))) - 0.5
