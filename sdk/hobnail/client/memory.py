"""What a client has set up, so that it can be set up again after the server was lost. Pure."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

import msgspec
from msgspec import UNSET

from hobnail.protocol import BusMessage, ClientMessage, ControlMessage, EmitterMessage, ListenerMessage

_UNANSWERED: Final = 4_096


class SceneMemory:
    """Emitters, controls, buses and the listener, as last set. Events and frames belong to their moment."""

    def __init__(self) -> None:
        self._emitters: dict[str, EmitterMessage] = {}
        self._controls: dict[tuple[str | None, str], ControlMessage] = {}
        self._buses: dict[str, BusMessage] = {}
        self._listener: ListenerMessage | None = None
        self._unanswered: OrderedDict[int, EmitterMessage] = OrderedDict()

    def note(self, message: ClientMessage, request: int | None) -> None:
        """A message went out; an emitter's counts once it is accepted."""
        match message:
            case EmitterMessage() if request is not None:
                self._unanswered[request] = message
                if len(self._unanswered) > _UNANSWERED:
                    self._unanswered.popitem(last=False)
            case ControlMessage():
                self._controls.pop((message.emitter, message.control), None)
                self._controls[message.emitter, message.control] = message
            case BusMessage():
                self._buses[message.bus] = message
            case ListenerMessage():
                self._listener = message

    def accepted(self, request: int) -> None:
        """The server took a message."""
        message = self._unanswered.pop(request, None)
        if message is not None:
            self._apply(message)

    def refused(self, request: int | None) -> None:
        """The server did not."""
        if request is not None:
            self._unanswered.pop(request, None)

    def scene(self) -> list[ClientMessage]:
        """The messages that set it all up again, and those that were never answered."""
        unanswered = list(self._unanswered.values())
        self._unanswered.clear()
        for message in unanswered:
            self._apply(message)
        listener = () if self._listener is None else (self._listener,)
        setup: list[ClientMessage] = [
            *listener,
            *self._buses.values(),
            *self._emitters.values(),
            *self._controls.values(),
        ]
        return [msgspec.structs.replace(message, at=None) for message in setup]

    def _apply(self, message: EmitterMessage) -> None:
        old = self._emitters.get(message.emitter)
        if message.op == "remove":
            self._emitters.pop(message.emitter, None)
            self._controls = {key: kept for key, kept in self._controls.items() if key[0] != message.emitter}
        elif message.op == "create":
            self._emitters[message.emitter] = message
        elif old is not None:
            self._emitters[message.emitter] = _merged(old, message)


def _merged(old: EmitterMessage, new: EmitterMessage) -> EmitterMessage:
    """One creating message that says what both say."""
    settings = new.settings
    given = {name: value for name in settings.__struct_fields__ if (value := getattr(settings, name)) is not UNSET}
    if isinstance(old.settings.controls, dict) and isinstance(settings.controls, dict):
        given["controls"] = {**old.settings.controls, **settings.controls}
    return msgspec.structs.replace(old, settings=msgspec.structs.replace(old.settings, **given))
