"""What types alone cannot say about a client's message: finite, in range, short enough, consistent."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, Final

import numpy as np
from msgspec import UNSET

from hobnail.errors import MessageError
from hobnail.protocol import limits
from hobnail.protocol.faults import shown
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
from hobnail.scene import SCENE_FEATURES, Contact, EmitterSettings, Vector

_NAME = re.compile(r"(?! )[A-Za-z0-9_.:/() -]{1,64}(?<! )")
_KNOWN_FEATURES: Final = frozenset(SCENE_FEATURES)
_EMPTY_SETTINGS: Final = EmitterSettings()
_REMEMBERED_NAMES: Final = 64
_NO_SIGN: Final = np.uint32(0x7FFFFFFF)
_FIRST_TOO_LARGE: Final = np.uint32(np.float32(limits.HUGE).view(np.uint32) + 1)
_TOO_LARGE_SPAN: Final = np.uint32(0x7F800000 - int(_FIRST_TOO_LARGE))


def check_envelope(message: Message) -> None:
    """The fields that every message has."""
    if message.v != PROTOCOL:
        raise MessageError("version", f"Protocol {message.v} is not spoken here.", path="$.v", cure="Send v = 1.")
    for field, high in (("id", limits.MAX_REQUEST), ("seq", limits.MAX_REQUEST), ("at", limits.MAX_FRAME)):
        value = getattr(message, field)
        if value is not None and not 0 <= value <= high:
            raise _outside(value, f"$.{field}", 0, high)


def check_client(message: ClientMessage) -> None:
    """Raise :class:`MessageError` for the first fault of a client's message."""
    check_envelope(message)
    check = _CHECKS.get(type(message))
    if check is not None:
        check(message)


def _outside(value: object, path: str, low: float, high: float) -> MessageError:
    return MessageError(
        "out_of_range", f"{shown(value)} is out of range.", path=path, cure=f"Send {low:g} to {high:g}."
    )


def _number(value: float, path: str, field: str) -> None:
    if not math.isfinite(value):
        raise MessageError("not_finite", f"{value} is not a finite number.", path=path, cure="Leave the field out.")
    allowed = limits.RANGES[field]
    if not allowed.low <= value <= allowed.high:
        raise _outside(value, path, allowed.low, allowed.high)


def _vector(value: Vector, path: str, field: str) -> None:
    for index, number in enumerate(value):
        _number(number, f"{path}[{index}]", field)


def _name(value: str, path: str) -> None:
    if not _NAME.fullmatch(value):
        raise MessageError(
            "out_of_range",
            f"{shown(value)} is not an id.",
            path=path,
            cure=f"Send 1 to {limits.MAX_NAME} of A-Z a-z 0-9 _ . : / ( ) - and inner spaces.",
        )


def _text(value: str, path: str, longest: int) -> None:
    if len(value) > longest:
        problem = f"A text of {len(value)} characters is too long here."
        raise MessageError("out_of_range", problem, path=path, cure=f"Send at most {longest} characters.")
    if not value.isprintable():
        problem = f"{shown(value)} holds control characters."
        raise MessageError("out_of_range", problem, path=path, cure="Send one line of printable text.")


def _controls(controls: dict[str, float], path: str) -> None:
    if len(controls) > limits.MAX_CONTROLS:
        problem = f"{len(controls)} controls in one message are too many."
        raise MessageError("out_of_range", problem, path=path, cure=f"Send at most {limits.MAX_CONTROLS}.")
    for name, value in controls.items():
        _name(name, path)
        _number(value, f"{path}.{name}", "controls")


def _seed(value: int, path: str) -> None:
    if not 0 <= value <= limits.MAX_REQUEST:
        raise _outside(value, path, 0, limits.MAX_REQUEST)


def _contact(contact: Contact, path: str) -> None:
    for field in ("material", "other"):
        word = getattr(contact, field)
        if word is not None:
            _text(word, f"{path}.{field}", limits.MAX_WORD)
    for field in ("speed_m_s", "slip_m_s", "impulse_n_s", "mass_kg", "size_m", "intensity"):
        number = getattr(contact, field)
        if number is not None:
            _number(number, f"{path}.{field}", field)


def _settings(settings: EmitterSettings, path: str) -> None:
    for field, check in _SETTINGS.items():
        value = getattr(settings, field)
        if value is not UNSET and value is not None:
            check(value, f"{path}.{field}")


_SETTINGS: Final[dict[str, Callable[[Any, str], None]]] = {
    "prompt": lambda value, path: _text(value, path, limits.MAX_PROMPT),
    "material": lambda value, path: _text(value, path, limits.MAX_WORD),
    "mass_kg": lambda value, path: _number(value, path, "mass_kg"),
    "size_m": lambda value, path: _number(value, path, "size_m"),
    "gain_db": lambda value, path: _number(value, path, "gain_db"),
    "position_m": lambda value, path: _vector(value, path, "position_m"),
    "pan": lambda value, path: _number(value, path, "pan"),
    "bus": _name,
    "priority": lambda value, path: _number(value, path, "priority"),
    "engine": _name,
    "seed": _seed,
    "controls": _controls,
}


def _hello(message: Hello) -> None:
    _name(message.client, "$.client")
    _number(message.units_per_metre, "$.units_per_metre", "units_per_metre")
    if len(message.want) > 8:
        raise MessageError("out_of_range", "want is too long.", path="$.want", cure="Name each feature once.")


def _emitter(message: EmitterMessage) -> None:
    _name(message.emitter, "$.emitter")
    if message.op == "remove" and message.settings != _EMPTY_SETTINGS:
        cure = "Leave settings out, or send op = update."
        raise MessageError("unknown_field", "Removing takes no settings.", path="$.settings", cure=cure)
    _settings(message.settings, "$.settings")


def _event(message: EventMessage) -> None:
    _name(message.emitter, "$.emitter")
    _name(message.name, "$.name")
    _contact(message.contact, "$.contact")
    _controls(message.controls, "$.controls")
    _number(message.gain_db, "$.gain_db", "gain_db")
    if message.seed is not None:
        _seed(message.seed, "$.seed")


def _frame(message: FrameMessage) -> None:
    if message.values is not None:
        if message.emitters or message.columns is not None or message.data:
            cure = "Send either values, or emitters with data."
            raise MessageError("unknown_field", "values stands beside emitters.", path="$.values", cure=cure)
        _frame_values(message.values)
        return
    if not message.emitters:
        cure = "Send emitters with data, or values."
        raise MessageError("missing_field", "The frame names no emitter.", path="$.emitters", cure=cure)
    if len(message.emitters) <= _REMEMBERED_NAMES:
        _remembered_emitters(message.emitters)
    else:
        _emitters(message.emitters)
    columns = SCENE_FEATURES if message.columns is None else message.columns
    if message.columns is not None:
        _columns(message.columns)
    wanted = 4 * len(message.emitters) * len(columns)
    if len(message.data) != wanted:
        problem = f"data has {len(message.data)} bytes; {len(message.emitters)} x {len(columns)} float32 are {wanted}."
        cure = "Send float32 little-endian, one row per emitter, one number per column."
        raise MessageError("out_of_range", problem, path="$.data", cure=cure)
    _frame_data(message.data, len(columns))


def _emitters(emitters: tuple[str, ...]) -> None:
    _distinct(emitters, "$.emitters", limits.MAX_ROWS)
    for index, emitter in enumerate(emitters):
        _name(emitter, f"$.emitters[{index}]")


_remembered_emitters = lru_cache(maxsize=256)(_emitters)
"""A game names the same emitters tick after tick. What is refused raises, and is not remembered."""


@lru_cache(maxsize=64)
def _columns(columns: tuple[str, ...]) -> None:
    _distinct(columns, "$.columns", len(SCENE_FEATURES))
    for index, column in enumerate(columns):
        _feature(column, f"$.columns[{index}]")


def _frame_values(values: dict[str, dict[str, float]]) -> None:
    if not 0 < len(values) <= limits.MAX_ROWS:
        problem = f"values names {len(values)} emitters."
        raise MessageError("out_of_range", problem, path="$.values", cure=f"Name 1 to {limits.MAX_ROWS}.")
    for emitter, features in values.items():
        _name(emitter, "$.values")
        for feature, value in features.items():
            _feature(feature, f"$.values.{emitter}")
            if not math.isnan(value):
                _number(value, f"$.values.{emitter}.{feature}", "features")


def _frame_data(data: bytes, columns: int) -> None:
    # By the bits, without the sign: above those of HUGE and up to infinity's is too large, above that is NaN.
    # Below HUGE the subtraction goes round, past everything. No arithmetic with floats means no warnings about them.
    above = (np.frombuffer(data, dtype="<u4") & _NO_SIGN) - _FIRST_TOO_LARGE
    if above.min() > _TOO_LARGE_SPAN:
        return
    row, column = divmod(int(np.argmax(above <= _TOO_LARGE_SPAN)), columns)
    value = float(np.frombuffer(data, dtype="<f4")[row * columns + column])
    _number(value, f"$.data[{row}][{column}]", "features")


def _feature(name: str, path: str) -> None:
    if name not in _KNOWN_FEATURES:
        cure = f"The columns of scene/1 are: {', '.join(SCENE_FEATURES)}."
        raise MessageError("unknown_field", f"There is no feature {shown(name)}.", path=path, cure=cure)


def _distinct(names: Iterable[str], path: str, most: int) -> None:
    given = tuple(names)
    if not 0 < len(given) <= most:
        raise MessageError("out_of_range", f"{len(given)} names stand here.", path=path, cure=f"Send 1 to {most}.")
    if len(set(given)) != len(given):
        raise MessageError("out_of_range", "A name stands here twice.", path=path, cure="Name each once.")


def _control(message: ControlMessage) -> None:
    _name(message.control, "$.control")
    if message.emitter is not None:
        _name(message.emitter, "$.emitter")
    if message.value is not None and message.plain is not None:
        cure = "Send one of value (0..1) and plain (the control's unit)."
        raise MessageError("unknown_field", "plain stands beside value.", path="$.plain", cure=cure)
    if message.value is not None:
        _number(message.value, "$.value", "value")
    elif message.plain is not None:
        _number(message.plain, "$.plain", "plain")
    else:
        cure = "Send value (0..1) or plain (the control's unit)."
        raise MessageError("missing_field", "The control has no value.", path="$.value", cure=cure)


def _listener(message: ListenerMessage) -> None:
    _vector(message.position, "$.position", "position")
    _vector(message.forward, "$.forward", "forward")
    _vector(message.up, "$.up", "up")
    forward, up = np.asarray(message.forward), np.asarray(message.up)
    size = float(np.linalg.norm(forward) * np.linalg.norm(up))
    if float(np.linalg.norm(np.cross(forward, up))) <= 1e-6 * size or size == 0.0:
        cure = "Send two directions at an angle, such as the camera's."
        raise MessageError("out_of_range", "forward and up point the same way or nowhere.", path="$.up", cure=cure)


def _bus(message: BusMessage) -> None:
    _name(message.bus, "$.bus")
    _number(message.gain_db, "$.gain_db", "gain_db")


def _palette(message: PaletteMessage) -> None:
    _name(message.palette, "$.palette")


def _transport(message: TransportMessage) -> None:
    _number(message.position_s, "$.position_s", "position_s")
    if message.tempo_bpm is not None:
        _number(message.tempo_bpm, "$.tempo_bpm", "tempo_bpm")


_CHECKS: Final[dict[type, Callable[[Any], None]]] = {
    Hello: _hello,
    EmitterMessage: _emitter,
    EventMessage: _event,
    FrameMessage: _frame,
    ControlMessage: _control,
    ListenerMessage: _listener,
    BusMessage: _bus,
    PaletteMessage: _palette,
    TransportMessage: _transport,
}
