"""Virtual voices: sustained ones for which there is no room. They keep their place, and come back when there is."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Final

from hobnail.contracts import RestingEngine
from hobnail.errors import EngineError, MessageError
from hobnail.notices import EndReason
from hobnail.voice import Voice

_log = logging.getLogger(__name__)

MOST: Final = 1024
"""Voices that may rest at once."""


class Resting:
    """Voices that rest, and those of them that were ended meanwhile. [engine]"""

    def __init__(self) -> None:
        self._voices: dict[int, Voice] = {}
        self._over: list[tuple[Voice, EndReason]] = []

    def __len__(self) -> int:
        return len(self._voices)

    def __iter__(self) -> Iterator[Voice]:
        return iter(list(self._voices.values()))

    def check_room(self) -> None:
        """Raises MessageError when no more voices may rest."""
        if len(self._voices) >= MOST:
            raise MessageError("busy", f"{MOST} voices wait to be heard already.", cure="Stop some of them.")

    def lay(self, voice: Voice, frame: int) -> None:
        """A voice rests from ``frame`` on; its engine keeps as little of it as it can."""
        voice.rested_at = frame
        try:
            if voice.state is not None and isinstance(voice.engine, RestingEngine):
                voice.state = voice.engine.rest(voice.state)
        except Exception:  # a stranger's code may raise anything; it costs its voice only
            _log.exception("Engine %r cannot let a voice rest.", voice.engine.spec.id)
            self.end(voice, "failed")
        else:
            self._voices[voice.id] = voice

    def best(self) -> Voice | None:
        """Who comes back first: by priority, then by age; None: nobody rests."""
        return max(self._voices.values(), key=lambda voice: (voice.presence.emitter.priority, -voice.id), default=None)

    def wake(self, voice: Voice, frame: int) -> None:
        """Take a voice out, with a state as if it had been heard all the time. Raises EngineError."""
        del self._voices[voice.id]
        rested, voice.rested_at = voice.rested_at, None
        if rested is not None and voice.state is not None and isinstance(voice.engine, RestingEngine):
            try:
                voice.state = voice.engine.resume(voice.state, max(0, frame - rested))
            except Exception as error:  # as above
                raise EngineError(f"Engine {voice.engine.spec.id!r} failed: {type(error).__name__}: {error}") from error

    def end(self, voice: Voice, reason: EndReason) -> None:
        """It will not come back."""
        self._voices.pop(voice.id, None)
        self._over.append((voice, reason))

    def over(self) -> list[tuple[Voice, EndReason]]:
        """Those that were ended since the last call."""
        found, self._over = self._over, []
        return found
