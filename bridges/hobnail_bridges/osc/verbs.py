"""What a message asks of the session: an address's method and the arguments, as commands. Pure."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence
from typing import Any, Final

from hobnail.commands import (
    AnyCommand,
    ChangePalette,
    Panic,
    PutEmitter,
    RemoveEmitter,
    SetBusGain,
    SetControl,
    SetFeatures,
    SetListener,
    TriggerEvent,
)
from hobnail.contracts import ControlSpec
from hobnail.errors import MessageError
from hobnail.protocol import RANGES
from hobnail.protocol.limits import HUGE, MAX_PROMPT, MAX_WORD
from hobnail.protocol.values import name
from hobnail.scene import SCENE_FEATURES, Contact, EmitterSettings, Pose
from hobnail_bridges.osc.packets import Argument
from hobnail_bridges.osc.space import NUMBERS, Method, Verb

Envelope = dict[str, Any]
"""Fields that every command has: client, request, at_frame, received_ns."""


def command_of(
    method: Method, emitter: str | None, address: str, args: Sequence[Argument], envelope: Envelope
) -> AnyCommand | None:
    """The command; None when there is nothing to do (the release of a button). Raises MessageError."""
    make = _COMMANDS.get(method.verb)
    if make is None:
        settings = _settings(method, address, args)
        return PutEmitter(**envelope, emitter=emitter or "", settings=settings, create=method.verb == "create")
    return make(method, emitter or "", address, args, envelope)


def control_value(method: Method, args: Sequence[Argument], address: str) -> tuple[float, bool]:
    """A control's value, normalised, and whether it had to be clipped."""
    value = number(args, 0, address)
    spec = method.control
    if method.verb == "raw" and spec is not None:
        value = (value - spec.minimum) / (spec.maximum - spec.minimum)
    clipped = _clipped(value, 0.0, 1.0)
    return clipped, abs(clipped - value) > 1e-6  # a float32 just beyond the end is the end


def display(spec: ControlSpec, value: float) -> str:
    """A control's value as people read it: ``-3.50 semitones``."""
    return f"{spec.plain(value):.2f} {spec.unit}".strip()


def number(args: Sequence[Argument], index: int, address: str) -> float:
    """An argument that is a finite number."""
    if index >= len(args):
        cure = f"Send {index + 1} or more."
        raise MessageError(
            "missing_field", f"{address} needs more arguments than {len(args)}.", path=address, cure=cure
        )
    value = args[index]
    if not isinstance(value, int | float):
        raise MessageError("bad_type", f"{address} takes numbers.", path=address, cure="Send floats (f) or ints (i).")
    if not math.isfinite(value):
        raise MessageError("not_finite", f"{address} was sent {value}.", path=address, cure="Send finite numbers.")
    return max(-HUGE, min(HUGE, float(value)))


def text(args: Sequence[Argument], index: int, address: str, longest: int = MAX_WORD) -> str:
    """An argument that is one printable line."""
    value = args[index] if index < len(args) else None
    if not isinstance(value, str):
        raise MessageError("bad_type", f"{address} takes a text.", path=address, cure="Send a string (s).")
    if len(value) > longest or not value.isprintable():
        cure = f"Send at most {longest} printable characters."
        raise MessageError("out_of_range", "The text is too long, or has control characters.", path=address, cure=cure)
    return value


def _event(
    method: Method, emitter: str, address: str, args: Sequence[Argument], envelope: Envelope
) -> AnyCommand | None:
    """[intensity] [material] [what strikes]; intensity 0 is the release of a button: it stops what is sustained."""
    words = [text(args, index, address) for index, arg in enumerate(args) if isinstance(arg, str)]
    levels = [
        number(args, index, address)
        for index, arg in enumerate(args)
        if isinstance(arg, int | float) and not isinstance(arg, bool)
    ]
    released = _released(args) or (bool(levels) and levels[0] <= 0)
    action = "trigger"
    if method.sustained:
        action = "stop" if method.verb == "stop" or (method.verb == "event" and released) else "start"
    if released and action != "stop":
        return None
    contact = Contact(
        material=words[0] if words and words[0] else None,
        other=words[1] if len(words) > 1 else None,
        intensity=_clipped(levels[0], 0.0, 1.0) if levels and action != "stop" else None,
    )
    return TriggerEvent(**envelope, emitter=emitter, name=method.word, action=action, contact=contact)  # type: ignore[arg-type]


def _settings(method: Method, address: str, args: Sequence[Argument]) -> EmitterSettings:
    if method.verb == "create":
        return EmitterSettings(prompt=text(args, 0, address, MAX_PROMPT)) if args else EmitterSettings()
    if method.verb == "position":
        return EmitterSettings(position_m=_vector([number(args, index, address) for index in range(3)]))
    if method.verb == "text":
        longest = MAX_PROMPT if method.word == "prompt" else MAX_WORD
        return EmitterSettings(**{method.word: text(args, 0, address, longest)})  # type: ignore[arg-type]
    setting = NUMBERS[method.word][0]
    allowed = RANGES[setting]
    value = _clipped(number(args, 0, address), allowed.low, allowed.high)
    return EmitterSettings(**{setting: round(value) if setting == "priority" else value})  # type: ignore[arg-type]


def _features(method: Method, emitter: str, address: str, args: Sequence[Argument], envelope: Envelope) -> AnyCommand:
    """One feature; or, as ``frame``, all of them in order: a blob of float32 little-endian, or up to twelve floats."""
    if method.verb == "feature":
        data = struct.pack("<f", number(args, 0, address))
        return SetFeatures(**envelope, emitters=(emitter,), columns=(method.word,), values=data)
    if len(args) == 1 and isinstance(args[0], bytes):
        data = args[0]
        columns = SCENE_FEATURES[: len(data) // 4]
        if not data or len(data) % 4 or len(data) > 4 * len(SCENE_FEATURES):
            cure = f"Send 4 bytes for each of up to {len(SCENE_FEATURES)} features."
            raise MessageError("out_of_range", f"The blob has {len(data)} bytes.", path=address, cure=cure)
        if any(abs(value) > HUGE for value in struct.unpack(f"<{len(columns)}f", data)):  # NaN means unknown
            raise MessageError("out_of_range", "A feature is out of range.", path=address, cure="Send finite numbers.")
    else:
        columns = SCENE_FEATURES[: len(args)]
        data = struct.pack(f"<{len(columns)}f", *(number(args, index, address) for index in range(len(columns))))
        if not columns or len(args) > len(columns):
            cure = f"Send 1 to {len(SCENE_FEATURES)} floats, or one blob."
            raise MessageError("out_of_range", f"{len(args)} features were sent.", path=address, cure=cure)
    return SetFeatures(**envelope, emitters=(emitter,), columns=columns, values=data)


def _released(args: Sequence[Argument]) -> bool:
    """Controllers send 0 or False when a button is let go."""
    return len(args) == 1 and not isinstance(args[0], str | bytes) and args[0] is not None and not args[0]


def _clipped(value: float, low: float, high: float) -> float:
    return max(low, min(high, value))


def _vector(numbers: Sequence[float]) -> tuple[float, float, float]:
    x, y, z = numbers
    return (x, y, z)


def _check_pose(pose: Pose, address: str) -> None:
    (a, b, c), (x, y, z) = pose.forward, pose.up
    cross = math.hypot(b * z - c * y, c * x - a * z, a * y - b * x)
    if cross <= 1e-6 * math.hypot(a, b, c) * math.hypot(x, y, z) or cross == 0.0:
        cure = "Send two directions at an angle, such as 0 0 -1 and 0 1 0."
        raise MessageError("out_of_range", "forward and up point the same way or nowhere.", path=address, cure=cure)


def _control(
    method: Method, emitter: str, address: str, args: Sequence[Argument], envelope: Envelope
) -> AnyCommand | None:
    value = control_value(method, args, address)[0]
    return SetControl(**envelope, emitter=emitter, control=method.word, value=value)


def _panic(
    method: Method, emitter: str, address: str, args: Sequence[Argument], envelope: Envelope
) -> AnyCommand | None:
    return None if _released(args) else Panic(**envelope)


def _remove(
    method: Method, emitter: str, address: str, args: Sequence[Argument], envelope: Envelope
) -> AnyCommand | None:
    return None if _released(args) else RemoveEmitter(**envelope, emitter=emitter)


def _bus(method: Method, emitter: str, address: str, args: Sequence[Argument], envelope: Envelope) -> AnyCommand | None:
    allowed = RANGES["gain_db"]
    gain_db = _clipped(number(args, 0, address), allowed.low, allowed.high)
    return SetBusGain(**envelope, bus=method.word, gain_db=gain_db)


def _listener(
    method: Method, emitter: str, address: str, args: Sequence[Argument], envelope: Envelope
) -> AnyCommand | None:
    numbers = [number(args, index, address) for index in range(9)]
    pose = Pose(position_m=_vector(numbers[:3]), forward=_vector(numbers[3:6]), up=_vector(numbers[6:]))
    _check_pose(pose, address)
    return SetListener(**envelope, pose=pose)


def _palette(
    method: Method, emitter: str, address: str, args: Sequence[Argument], envelope: Envelope
) -> AnyCommand | None:
    palette = text(args, 0, address)
    name(palette, address)
    return ChangePalette(**envelope, op="unload" if method.word == "unload" else "load", palette=palette)


def _unsupported(
    method: Method, emitter: str, address: str, args: Sequence[Argument], envelope: Envelope
) -> AnyCommand | None:
    raise MessageError("unsupported", f"{address} is only read.", path=address, cure="Listen to it.")


_COMMANDS: Final[dict[Verb, Callable[[Method, str, str, Sequence[Argument], Envelope], AnyCommand | None]]] = {
    "control": _control,
    "raw": _control,
    "event": _event,
    "start": _event,
    "stop": _event,
    "panic": _panic,
    "bus": _bus,
    "listener": _listener,
    "remove": _remove,
    "feature": _features,
    "frame": _features,
    "palette": _palette,
    "str": _unsupported,
    "state": _unsupported,
}
"""Every other verb changes an emitter's settings."""
