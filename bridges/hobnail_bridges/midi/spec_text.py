"""A binding as one line that people read and type: ``cc 7 channel 1 -> intensity of feet 0.2..0.9 pickup``."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from hobnail.errors import ConfigError
from hobnail.midimap import Binding

_LINE: Final = re.compile(
    r"^\s*(?P<source>cc14|cc|nrpn|bend|pressure|key_pressure)(?:\s+(?P<number>\d+))?"
    r"(?:\s+channel\s+(?P<channel>\d+))?\s*->\s*(?P<control>\S+)"
    r"(?:\s+of\s+(?P<emitter>\S+))?(?:\s+(?P<low>[01]?(?:\.\d+)?)\.\.(?P<high>[01]?(?:\.\d+)?))?(?P<pickup>\s+pickup)?\s*$"
)
_EXAMPLE: Final = (
    'Write it like "cc 7 channel 1 -> intensity of feet 0.2..0.9 pickup"; all after the control is optional.'
)


def shown(binding: Binding) -> str:
    """The line of a binding; :func:`binding_of` reads it back, but for emitters with spaces."""
    number = "" if binding.source in ("bend", "pressure") else f" {binding.number}"
    channel = f" channel {binding.channel}" if binding.channel else ""
    whose = "" if binding.emitter is None else f" of {binding.emitter}"
    span = "" if (binding.low, binding.high) == (0.0, 1.0) else f" {_number(binding.low)}..{_number(binding.high)}"
    pickup = " pickup" if binding.takeover == "pickup" else ""
    return f"{binding.source}{number}{channel} -> {binding.control}{whose}{span}{pickup}"


def _number(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")


def binding_of(line: str) -> Binding:
    """The binding of a line. Raises ConfigError with an example."""
    found = _LINE.match(line)
    if found is None:
        raise ConfigError(f"{line!r} is no binding.", cure=_EXAMPLE)
    fields: dict[str, Any] = {"control": found["control"], "source": found["source"], "emitter": found["emitter"]}
    try:
        if found["number"] is not None:
            fields["number"] = int(found["number"])
        if found["channel"] is not None:
            fields["channel"] = int(found["channel"])
        if found["low"] is not None:
            fields |= {"low": float(found["low"]), "high": float(found["high"])}
        if found["pickup"] is not None:
            fields["takeover"] = "pickup"
        return msgspec.convert(fields, Binding)
    except (ValueError, msgspec.ValidationError) as error:
        raise ConfigError(f"{line!r} is no binding: {error}.", cure=_EXAMPLE) from error
