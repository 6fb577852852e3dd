"""Soft takeover: a knob that stands elsewhere than its control moves nothing until it has passed the value."""

from __future__ import annotations

from typing import Final

from hobnail.midimap import Binding

_CLOSE: Final = 1.5 / 127
"""A source within a step and a half of the value has picked it up: a slow hand cannot miss it."""


class Takeover:
    """Knows where each control stands as far as this bridge has moved it, and which sources have picked it up.

    ``value_of(emitter, control)`` begins at the control's default. What other clients do is not seen here.
    [one thread]
    """

    def __init__(self, defaults: dict[str, float]) -> None:
        self._defaults = defaults
        self._values: dict[tuple[str | None, str], float] = {}
        self._positions: dict[Binding, float] = {}
        self._holding: dict[tuple[str | None, str], Binding] = {}

    def value_of(self, emitter: str | None, control: str) -> float:
        """Where a control stands, 0..1."""
        return self._values.get((emitter, control), self._defaults.get(control, 0.5))

    def set(self, binding: Binding, position: float) -> float | None:
        """A source stands at ``position`` (0..1): the control's new value, or None while it has not picked it up."""
        target = (binding.emitter, binding.control)
        before = self._positions.get(binding)
        self._positions[binding] = position
        if binding.takeover == "pickup" and self._holding.get(target) != binding:
            wanted = binding.position(self.value_of(*target))
            passed = before is not None and min(before, position) <= wanted <= max(before, position)
            if not passed and abs(position - wanted) > _CLOSE:
                return None
        self._holding[target] = binding
        value = binding.low + (binding.high - binding.low) * position
        self._values[target] = value
        return value

    def moved(self, emitter: str | None, control: str, value: float) -> None:
        """Somebody else moved a control: sources with soft takeover must pick it up again."""
        self._values[emitter, control] = value
        self._holding.pop((emitter, control), None)
