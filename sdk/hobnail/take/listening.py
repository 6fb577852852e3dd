"""Stands before engines and hears what they are told and make; changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from hobnail.contracts import Arrival, DeferringEngine, Engine, EngineSpec, LiveEngine, Step, VoiceInput, VoiceStart
from hobnail.fronting import fronted


class Listener(Protocol):
    """Who is told. [engine]"""

    def note_start(self, voice: VoiceStart, engine: str) -> None:
        """An engine opens a voice."""

    def note_step(self, voices: Sequence[VoiceInput], engine: str) -> None:
        """An engine steps some voices."""

    def note_sound(self, voice: int, step: Step) -> None:
        """What an engine made of one."""


def heard(engines: Mapping[str, Engine], listener: Listener, *, rules: bool) -> Mapping[str, Engine]:
    """The same engines. ``rules``: what engines make that keep up with no clock is told as well."""
    return {
        id: fronted(
            _HeardDeferring if isinstance(engine, DeferringEngine) else _Heard,
            engine,
            listener,
            rules or isinstance(engine, LiveEngine),
        )
        for id, engine in engines.items()
    }


class _Heard:
    """One of them. Implements :class:`hobnail.contracts.Engine`."""

    def __init__(self, engine: Engine, listener: Listener, sounds: bool) -> None:
        self._engine, self._listener, self._sounds = engine, listener, sounds

    @property
    def spec(self) -> EngineSpec:
        return self._engine.spec

    def prepare(self) -> None:
        self._engine.prepare()

    def start(self, voice: VoiceStart) -> Step:
        self._listener.note_start(voice, self.spec.id)
        made = self._engine.start(voice)
        if self._sounds:
            self._listener.note_sound(voice.voice, made)
        return made

    def step(self, voices: Sequence[VoiceInput]) -> Sequence[Step]:
        self._listener.note_step(voices, self.spec.id)
        made = self._engine.step(voices)
        if self._sounds:
            for voice, step in zip(voices, made, strict=False):  # a wrong number is the session's to judge
                self._listener.note_sound(voice.voice, step)
        return made


class _HeardDeferring(_Heard):
    """The same of an engine whose blocks may come later."""

    def arrived(self) -> Sequence[Arrival]:
        found: Sequence[Arrival] = self._engine.arrived()  # type: ignore[attr-defined]  # it is one that has it
        for voice, step in found:
            if step is not None:
                self._listener.note_sound(voice, step)
        return found
