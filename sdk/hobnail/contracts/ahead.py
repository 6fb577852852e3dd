"""What an engine may offer to whoever renders offline: voices made side by side, wherever they lie in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from hobnail.contracts.sound import Engine, Step, VoiceInput, VoiceStart


@dataclass(frozen=True, slots=True, eq=False)
class Life:
    """Everything that a voice will be told. The states in ``inputs`` mean nothing."""

    start: VoiceStart
    inputs: list[VoiceInput] = field(default_factory=list)  #: of each step after its start, at least until it is over


@runtime_checkable
class ForeseeingEngine(Engine, Protocol):
    """An engine that makes whole voices at once faster than step by step, to the same bits. Only offline."""

    def silent(self) -> Engine:
        """[engine] One that is told the same in the same moments, and makes silence: blocks as long as this one's, and
        voices that last at least as long as this one's may."""

    def foretell(self, lives: Sequence[Life]) -> Sequence[Sequence[Step]]:
        """[engine] Each voice's steps from its start on, as :meth:`start` and :meth:`step` would answer; as far as its
        inputs reach."""
