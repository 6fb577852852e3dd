"""What types alone cannot say about a client's message: finite, in range, short enough, consistent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from msgspec import UNSET

from hobnail.errors import MessageError
from hobnail.protocol import limits
from hobnail.protocol.messages import (
    PROTOCOL,
    BusMessage,
    ClientMessage,
    ControlMessage,
    EmitterMessage,
    EventMessage,
    FrameMessage,
    Hello,
    ListenerMessage,
    Message,
    PaletteMessage,
    TransportMessage,
)
from hobnail.protocol.rows import check_frame
from hobnail.protocol.values import name, number, outside, text, vector
from hobnail.scene import Contact, EmitterSettings
from hobnail.transport import SHORTEST_LOOP_S

_EMPTY_SETTINGS: Final = EmitterSettings()


def check_envelope(message: Message) -> None:
    """The fields that every message has."""
    if message.v != PROTOCOL:
        raise MessageError("version", f"Protocol {message.v} is not spoken here.", path="$.v", cure="Send v = 1.")
    for field, high in (("id", limits.MAX_REQUEST), ("seq", limits.MAX_REQUEST), ("at", limits.MAX_FRAME)):
        value = getattr(message, field)
        if value is not None and not 0 <= value <= high:
            raise outside(value, f"$.{field}", 0, high)


def check_client(message: ClientMessage) -> None:
    """Raise :class:`MessageError` for the first fault of a client's message."""
    check_envelope(message)
    check = _CHECKS.get(type(message))
    if check is not None:
        check(message)


def _controls(controls: dict[str, float], path: str) -> None:
    if len(controls) > limits.MAX_CONTROLS:
        problem = f"{len(controls)} controls in one message are too many."
        raise MessageError("out_of_range", problem, path=path, cure=f"Send at most {limits.MAX_CONTROLS}.")
    for control, value in controls.items():
        name(control, path)
        number(value, f"{path}.{control}", "controls")


def _seed(value: int, path: str) -> None:
    if not 0 <= value <= limits.MAX_REQUEST:
        raise outside(value, path, 0, limits.MAX_REQUEST)


def _contact(contact: Contact, path: str) -> None:
    for field in ("material", "other"):
        word = getattr(contact, field)
        if word is not None:
            text(word, f"{path}.{field}", limits.MAX_WORD)
    for field in ("speed_m_s", "slip_m_s", "impulse_n_s", "mass_kg", "size_m", "intensity"):
        found = getattr(contact, field)
        if found is not None:
            number(found, f"{path}.{field}", field)


def _settings(settings: EmitterSettings, path: str) -> None:
    for field, check in _SETTINGS.items():
        value = getattr(settings, field)
        if value is not UNSET and value is not None:
            check(value, f"{path}.{field}")


_SETTINGS: Final[dict[str, Callable[[Any, str], None]]] = {
    "prompt": lambda value, path: text(value, path, limits.MAX_PROMPT),
    "material": lambda value, path: text(value, path, limits.MAX_WORD),
    "mass_kg": lambda value, path: number(value, path, "mass_kg"),
    "size_m": lambda value, path: number(value, path, "size_m"),
    "gain_db": lambda value, path: number(value, path, "gain_db"),
    "position_m": lambda value, path: vector(value, path, "position_m"),
    "pan": lambda value, path: number(value, path, "pan"),
    "bus": name,
    "priority": lambda value, path: number(value, path, "priority"),
    "engine": name,
    "seed": _seed,
    "controls": _controls,
}


def _hello(message: Hello) -> None:
    name(message.client, "$.client")
    number(message.units_per_metre, "$.units_per_metre", "units_per_metre")
    if len(message.want) > 8:
        raise MessageError("out_of_range", "want is too long.", path="$.want", cure="Name each feature once.")


def _emitter(message: EmitterMessage) -> None:
    name(message.emitter, "$.emitter")
    if message.op == "remove" and message.settings != _EMPTY_SETTINGS:
        cure = "Leave settings out, or send op = update."
        raise MessageError("unknown_field", "Removing takes no settings.", path="$.settings", cure=cure)
    _settings(message.settings, "$.settings")


def _event(message: EventMessage) -> None:
    name(message.emitter, "$.emitter")
    name(message.name, "$.name")
    _contact(message.contact, "$.contact")
    _controls(message.controls, "$.controls")
    number(message.gain_db, "$.gain_db", "gain_db")
    if message.seed is not None:
        _seed(message.seed, "$.seed")
    _cue(message)


def _cue(message: EventMessage) -> None:
    places = [(field, getattr(message, field)) for field in ("cue_s", "cue_beat")]
    given = [(field, place) for field, place in places if place is not None]
    for field, place in given:
        number(place, f"$.{field}", field)
    if len(given) + (message.at is not None) > 1:
        cure = "Send one of at (a session frame), cue_s and cue_beat (places on your timeline)."
        problem = f"{given[-1][0]} stands beside another time."
        raise MessageError("unknown_field", problem, path=f"$.{given[-1][0]}", cure=cure)


def _control(message: ControlMessage) -> None:
    name(message.control, "$.control")
    if message.emitter is not None:
        name(message.emitter, "$.emitter")
    if message.value is not None and message.plain is not None:
        cure = "Send one of value (0..1) and plain (the control's unit)."
        raise MessageError("unknown_field", "plain stands beside value.", path="$.plain", cure=cure)
    if message.value is not None:
        number(message.value, "$.value", "value")
    elif message.plain is not None:
        number(message.plain, "$.plain", "plain")
    else:
        cure = "Send value (0..1) or plain (the control's unit)."
        raise MessageError("missing_field", "The control has no value.", path="$.value", cure=cure)


def _listener(message: ListenerMessage) -> None:
    vector(message.position, "$.position", "position")
    vector(message.forward, "$.forward", "forward")
    vector(message.up, "$.up", "up")
    forward, up = np.asarray(message.forward), np.asarray(message.up)
    size = float(np.linalg.norm(forward) * np.linalg.norm(up))
    if float(np.linalg.norm(np.cross(forward, up))) <= 1e-6 * size or size == 0.0:
        cure = "Send two directions at an angle, such as the camera's."
        raise MessageError("out_of_range", "forward and up point the same way or nowhere.", path="$.up", cure=cure)


def _bus(message: BusMessage) -> None:
    name(message.bus, "$.bus")
    number(message.gain_db, "$.gain_db", "gain_db")


def _palette(message: PaletteMessage) -> None:
    name(message.palette, "$.palette")


def _transport(message: TransportMessage) -> None:
    for field in ("position_s", "tempo_bpm"):
        value = getattr(message, field)
        if value is not None:
            number(value, f"$.{field}", field)
    if message.op == "locate" and message.position_s is None:
        cure = "Send position_s, in seconds."
        raise MessageError("missing_field", "locate says no place.", path="$.position_s", cure=cure)
    if message.op == "tempo" and message.tempo_bpm is None:
        cure = "Send tempo_bpm, beats a minute."
        raise MessageError("missing_field", "tempo says none.", path="$.tempo_bpm", cure=cure)
    if message.loop_s is not None:
        for index, each in enumerate(message.loop_s):
            number(each, f"$.loop_s[{index}]", "loop_s")
        start, end = message.loop_s
        if end - start < SHORTEST_LOOP_S:
            cure = "Send start and end, at least 10 ms apart, in seconds."
            raise MessageError("out_of_range", "The loop is too short.", path="$.loop_s", cure=cure)


_CHECKS: Final[dict[type, Callable[[Any], None]]] = {
    Hello: _hello,
    EmitterMessage: _emitter,
    EventMessage: _event,
    FrameMessage: check_frame,
    ControlMessage: _control,
    ListenerMessage: _listener,
    BusMessage: _bus,
    PaletteMessage: _palette,
    TransportMessage: _transport,
}
