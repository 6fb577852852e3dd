"""The words a session understands: engines, events, materials and controls. Unknown words are refused with a cure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence

from hobnail.commands import TriggerEvent
from hobnail.contracts import ControlSpec, Engine, EventSpec
from hobnail.errors import MessageError
from hobnail.scene import EmitterSettings


class Vocabulary:
    """What the loaded engines and controls allow a client to say. Immutable."""

    def __init__(self, engines: Mapping[str, Engine], controls: Sequence[ControlSpec], *, default_engine: str) -> None:
        self._default_engine = default_engine
        self._events = {id: {event.name: event for event in engine.spec.events} for id, engine in engines.items()}
        self._materials = {id: frozenset(engine.spec.materials) for id, engine in engines.items()}
        self.neutral: Mapping[str, float] = {control.id: control.normalised(control.default) for control in controls}

    def event(self, engine: str, command: TriggerEvent) -> EventSpec:
        """The event that a command names, with its action, materials and controls checked."""
        known = self._events[engine]
        event = known.get(command.name)
        if event is None:
            raise MessageError(
                "unknown_event",
                f"Engine {engine!r} has no event {command.name!r}.{did_you_mean(command.name, known)}",
                path="$.name",
                cure=f"It has: {', '.join(known)}.",
            )
        if (event.kind == "sustained") == (command.action == "trigger"):
            actions = "'start' and 'stop'" if event.kind == "sustained" else "'trigger'"
            raise MessageError(
                "out_of_range",
                f"{command.name!r} is {event.kind.replace('_', '-')}; it does not take {command.action!r}.",
                path="$.action",
                cure=f"Use {actions}.",
            )
        self._check_material(engine, command.contact.material, "$.contact.material")
        self._check_material(engine, command.contact.other, "$.contact.other")
        for control in command.controls:
            self.check_control(control, f"$.controls.{control}")
        return event

    def check_settings(self, settings: EmitterSettings) -> None:
        """Refuse an emitter's settings that name an unknown engine, material or control."""
        engine = settings.engine if isinstance(settings.engine, str) and settings.engine else self._default_engine
        if engine not in self._events:
            raise MessageError(
                "unknown_engine",
                f"There is no engine {engine!r}.{did_you_mean(engine, self._events)}",
                path="$.settings.engine",
                cure=f"Engines are: {', '.join(self._events)}.",
            )
        if isinstance(settings.material, str):
            self._check_material(engine, settings.material, "$.settings.material")
        if isinstance(settings.controls, dict):
            for control in settings.controls:
                self.check_control(control, f"$.settings.controls.{control}")

    def check_control(self, control: str, path: str) -> None:
        """Refuse a control that no plug-in registered."""
        if control not in self.neutral:
            raise MessageError(
                "unknown_control",
                f"There is no control {control!r}.{did_you_mean(control, self.neutral)}",
                path=path,
                cure=f"Controls are: {', '.join(self.neutral)}.",
            )

    def _check_material(self, engine: str, material: str | None, path: str) -> None:
        known = self._materials[engine]
        if material and known and material not in known:
            raise MessageError(
                "unknown_material",
                f"Engine {engine!r} does not know the material {material!r}.{did_you_mean(material, known)}",
                path=path,
                cure=f"It knows: {', '.join(sorted(known))}.",
            )


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """' Did you mean 'gravel'?' when a known word is close, else nothing."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f" Did you mean {close[0]!r}?" if close else ""
