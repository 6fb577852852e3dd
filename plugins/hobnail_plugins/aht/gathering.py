"""Sustained voices that wait for their step: all that wait when the thread is free are stepped at once.

Voices whose steps are due at other moments would go one after another, each batch smaller and dearer, and under load
never catch up. What piles up behind a step that is being made is one batch. A voice is the same in any company.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from time import perf_counter

from hobnail.audio import RATE_HZ
from hobnail.contracts import Arrival, Step, VoiceInput
from hobnail.errors import EngineError

Go = Callable[[Sequence[VoiceInput]], Sequence[Step | None]]

_log = logging.getLogger(__name__)


class Gathering:
    """[engine] adds, one thread beside it steps."""

    def __init__(self, step: Go, clock: Callable[[], float] = perf_counter) -> None:
        self._step, self._clock = step, clock
        self._waiting: deque[tuple[float, object, VoiceInput]] = deque()

    def add(self, kind: object, voices: Sequence[VoiceInput]) -> None:
        """[engine] Voices that can be stepped together with others of their ``kind``."""
        now_s = self._clock()
        self._waiting.extend((now_s, kind, voice) for voice in voices)

    def stepped(self) -> list[Arrival]:
        """[thread] Everything that waits; nothing, where an earlier call has made it. Raises nothing: it is logged."""
        kinds: dict[int, list[VoiceInput]] = {}
        now_s = self._clock()
        while self._waiting:
            asked_s, kind, voice = self._waiting.popleft()
            kinds.setdefault(id(kind), []).append(_waited(voice, now_s - asked_s))
        return [arrival for voices in kinds.values() for arrival in self._made(voices)]

    def _made(self, voices: Sequence[VoiceInput]) -> list[Arrival]:
        try:
            steps: Sequence[Step | None] = self._step(voices)
        except Exception as error:  # told of here, as nobody else is
            _log.error("Sustained voices cannot go on: %s", error, exc_info=not isinstance(error, EngineError))
            steps = [None] * len(voices)
        return [Arrival(voice.voice, step) for voice, step in zip(voices, steps, strict=True)]


def _waited(voice: VoiceInput, seconds: float) -> VoiceInput:
    """It runs dry so much sooner."""
    if voice.slack_frames is None:
        return voice
    return replace(voice, slack_frames=max(0, voice.slack_frames - round(seconds * RATE_HZ)))
