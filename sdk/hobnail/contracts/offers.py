"""What an engine may offer beside its contract: voices that rest, palettes and models that change while it plays."""

from __future__ import annotations

from typing import Literal, Protocol, runtime_checkable


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
