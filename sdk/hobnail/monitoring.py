"""What was seen at a door as one line for people; pure. Whatever the bytes, there is a line."""

from __future__ import annotations

import math
import struct
from typing import Any, Final

import msgspec

from hobnail.protocol.faults import shown
from hobnail.scene import SCENE_FEATURES
from hobnail.watching import Seen

_ENVELOPE: Final = ("v", "type", "seq")
_LONGEST: Final = 400
_ROWS_SHOWN: Final = 4


def message_of(seen: Seen) -> dict[str, Any] | None:
    """The map that came; None when it was no map, came by another door, or was too long to be kept whole."""
    if not seen.data or len(seen.data) < seen.size:
        return None
    try:
        decoded = msgspec.msgpack.decode(seen.data)
    except (msgspec.MsgspecError, ValueError, RecursionError, OverflowError):
        return None
    return decoded if isinstance(decoded, dict) else None


def kind_of(seen: Seen) -> str:
    """The message's type, or what it is instead."""
    message = message_of(seen)
    if message is not None:
        kind = message.get("type")
        return kind if isinstance(kind, str) and kind.isprintable() and len(kind) <= 20 else "?"
    if seen.re is not None or (not seen.size and not seen.text):
        return "refused"
    return seen.door if seen.text else "?"


def line_of(seen: Seen) -> str:
    """Everything but the fault: the message's fields as ``name=value``."""
    message = message_of(seen)
    if message is not None:
        fields = {str(key): value for key, value in message.items() if key not in _ENVELOPE}
        if message.get("type") == "frame" and isinstance(message.get("data"), bytes):
            return _shortened(_frame(fields))
        return _shortened(" ".join(f"{key}={_value(value)}" for key, value in fields.items()))
    if seen.text:
        return _shortened(seen.text)
    if seen.data:
        cut = f"{seen.size} bytes: " if seen.size > 24 else ""
        return f"{cut}{seen.data[:24].hex(' ')}{' ...' if seen.size > 24 else ''}"
    return "" if seen.re is None else f"re={seen.re}"


def fault_of(seen: Seen) -> str:
    """Why it was refused and the cure; "" when it was not."""
    fault = seen.fault
    if fault is None:
        return ""
    place = "" if fault.path == "$" else f" at {fault.path}"
    return _shortened(f"{fault.code}{place}: {fault.problem} {fault.cure}".strip())


def frame_rows(message: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Emitter -> feature -> number of a frame message; what is unknown, or does not fit, is left out."""
    values = message.get("values")
    if isinstance(values, dict):
        return {str(emitter): row for emitter, row in values.items() if isinstance(row, dict)}
    emitters, data = message.get("emitters"), message.get("data")
    columns = message.get("columns") or SCENE_FEATURES
    if not isinstance(emitters, list) or not isinstance(data, bytes) or not isinstance(columns, list | tuple):
        return {}
    if len(data) != 4 * len(emitters) * len(columns):
        return {}
    numbers = struct.unpack(f"<{len(data) // 4}f", data)
    rows = {}
    for index, emitter in enumerate(emitters):
        row = zip(columns, numbers[index * len(columns) : (index + 1) * len(columns)], strict=True)
        rows[str(emitter)] = {str(column): number for column, number in row if not math.isnan(number)}
    return rows


def _frame(fields: dict[str, Any]) -> str:
    rows = frame_rows(fields)
    if not rows:
        return f"emitters={_value(fields.get('emitters'))} data={len(fields['data'])} bytes"
    parts = [
        f"{emitter}({' '.join(f'{feature}={number:.4g}' for feature, number in row.items())})"
        for emitter, row in list(rows.items())[:_ROWS_SHOWN]
    ]
    if len(rows) > _ROWS_SHOWN:
        parts.append(f"and {len(rows) - _ROWS_SHOWN} more")
    at = f" at={fields['at']}" if "at" in fields else ""
    return " ".join(parts) + at


def _value(value: object) -> str:
    if isinstance(value, str) and value.isprintable() and " " not in value:
        return value[:_LONGEST]
    if isinstance(value, dict):
        return "(" + " ".join(f"{key}={_value(item)}" for key, item in value.items()) + ")"
    if isinstance(value, list):
        return "[" + " ".join(map(_value, value)) + "]"
    if isinstance(value, float):
        return f"{value:g}"
    return f"{len(value)} bytes" if isinstance(value, bytes) else shown(value)


def _shortened(text: str) -> str:
    printable = "".join(letter if letter.isprintable() else "?" for letter in text)
    return printable if len(printable) <= _LONGEST else printable[: _LONGEST - 4] + " ..."
