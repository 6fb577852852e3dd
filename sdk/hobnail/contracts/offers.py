"""What an engine may offer beside its contract: blocks that come later, voices that rest, models that change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple, Protocol, runtime_checkable

from hobnail.contracts.sound import Step


class Arrival(NamedTuple):
    """A step that was coming."""

    voice: int
    step: Step | None  #: as ``start`` or ``step`` would have answered; None: it failed


@runtime_checkable
class DeferringEngine(Protocol):
    """An engine that makes blocks on threads of its own, so that no command and no voice waits for another's.

    Asked by who says ``later``, it may answer with :meth:`Step.to_come`; then it is not asked about that voice again
    until the step has arrived. Only live sessions say so.
    """

    def arrived(self) -> Sequence[Arrival]:
        """[engine] What is there since the last call, oldest first. Asked each turn, at least every millisecond while
        something is coming."""


@runtime_checkable
class CallingEngine(DeferringEngine, Protocol):
    """One that calls when a block is there, so that nobody has to look every millisecond."""

    def call_on_arrival(self, call: Callable[[], None]) -> None:
        """[control] Before the first voice: ``call`` after each arrival, from any thread; it is quick, and raises
        nothing."""


@runtime_checkable
class RestingEngine(Protocol):
    """An engine whose sustained voices can rest: there is no room to hear them, but they are not over.

    Without it a voice that comes back goes on from the state that it had.
    """

    def rest(self, state: object) -> object:
        """[engine] A voice is not heard for a while: what is kept of its state, with as little memory as will do."""

    def resume(self, state: object, frames: int) -> object:
        """[engine] It is heard again, ``frames`` later: a state as if it had played all the time."""


@runtime_checkable
class ChangingEngine(Protocol):
    """An engine that takes palettes, or whole models, while it plays. Its spec says ``palettes``."""

    def change(self, op: Literal["load", "unload"], name: str) -> None:
        """[control] Load or unload by name, beside what sounds; may take seconds, and no step waits for it.

        Raises HobnailError, and everything goes on as it was.
        """
