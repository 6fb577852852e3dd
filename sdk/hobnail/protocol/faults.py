"""Foreign decoding errors as :class:`MessageError`, mapped once."""

from __future__ import annotations

import re

import msgspec

from hobnail.errors import MessageError

SHOWN = 120
"""Characters of a client's own text that an error repeats."""

_AT = re.compile(r"^(?P<what>.*?)(?: - at (?:`key` in )?`(?P<path>[^`]*)`)?$", re.DOTALL)
_MISSING = re.compile(r"^Object missing required field `(?P<field>.*)`$", re.DOTALL)
_UNKNOWN = re.compile(r"^Object contains unknown field `(?P<field>.*)`$", re.DOTALL)
_EXPECTED = re.compile(r"^Expected `(?P<wanted>[^`]*)`")


def shown(text: object) -> str:
    """A client's text made safe to repeat: printable and short."""
    quoted = repr(text)
    return quoted if len(quoted) <= SHOWN else quoted[: SHOWN - 3] + "..."


def message_error(error: BaseException) -> MessageError:
    """What msgspec, Python or the machine objected to, in our words."""
    if isinstance(error, msgspec.ValidationError):
        return _validation(str(error))
    if isinstance(error, RecursionError):
        return MessageError("malformed", "The message is nested too deeply.", cure="Send one flat map.")
    if isinstance(error, UnicodeDecodeError):
        return MessageError("malformed", "A text in the message is not UTF-8.", cure="Encode texts as UTF-8.")
    problem = f"The message is not MessagePack: {str(error)[:SHOWN]}."
    return MessageError("malformed", problem, cure="Send exactly one MessagePack map per message, nothing after it.")


def _validation(text: str) -> MessageError:
    parts = _AT.match(text)
    what, path = (parts["what"], parts["path"] or "$") if parts else (text, "$")
    path = path[:SHOWN]
    if missing := _MISSING.match(what):
        field = missing["field"][:SHOWN]
        return MessageError("missing_field", f"The field {field!r} is missing.", path=f"{path}.{field}", cure="Add it.")
    if unknown := _UNKNOWN.match(what):
        field = unknown["field"]
        cure = "Check its spelling; docs/protocol.md lists the fields of every message."
        named = "".join(c if c.isprintable() else "?" for c in field[:SHOWN])
        return MessageError(
            "unknown_field", f"There is no field {shown(field)} here.", path=f"{path}.{named}", cure=cure
        )
    if what.startswith("Invalid value") and path == "$.type":
        return MessageError(
            "unknown_type",
            f"There is no message type {shown(what[len('Invalid value ') :].strip(chr(39)))}.",
            path=path,
            cure="docs/protocol.md lists the types; check the spelling and the direction.",
        )
    if what.startswith("Invalid enum value"):
        word = shown(what[len("Invalid enum value ") :].strip("'"))
        cure = "docs/protocol.md lists the words that may stand here."
        return MessageError("out_of_range", f"{word} is not one of the words allowed here.", path=path, cure=cure)
    if path == "$" and what.startswith("Expected `object`"):
        cure = "Send exactly one MessagePack map per message."
        return MessageError("malformed", f"The message is not a map. {what}.", path=path, cure=cure)
    wanted = _EXPECTED.match(what)
    cure = f"Send {wanted['wanted']} here." if wanted else "docs/protocol.md lists the type of every field."
    return MessageError("bad_type", f"{what[:SHOWN]}.", path=path, cure=cure)
