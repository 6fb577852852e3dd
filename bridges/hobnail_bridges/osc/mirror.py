"""What the door knows of its emitters: which there are, and where their controls stand. [io]"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hobnail.contracts import ControlSpec


class Mirror:
    """Values that the session has accepted; what no door has moved stands at its default."""

    def __init__(self, controls: Sequence[ControlSpec]) -> None:
        self._neutral = {spec.id: spec.normalised(spec.default) for spec in controls}
        self._moved: dict[str, dict[str, float]] = {}

    def __len__(self) -> int:
        return len(self._moved)

    def __contains__(self, emitter: str) -> bool:
        return emitter in self._moved

    def names(self) -> Iterable[str]:
        """The emitters, in the order in which they came."""
        return tuple(self._moved)

    def add(self, emitter: str) -> None:
        """An emitter came, or came anew: all its controls are neutral."""
        self._moved[emitter] = {}

    def remove(self, emitter: str) -> bool:
        """An emitter went; whether it was here."""
        return self._moved.pop(emitter, None) is not None

    def put(self, emitter: str, control: str, value: float) -> None:
        """A control was moved."""
        moved = self._moved.get(emitter)
        if moved is not None:
            moved[control] = value

    def value(self, emitter: str, control: str) -> float:
        """Where a control stands, normalised."""
        return self._moved.get(emitter, {}).get(control, self._neutral[control])
