"""The reference page of protocol 1, made from the typed structs: what ``docs/protocol-reference.md`` holds."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Final, get_args

import msgspec
from msgspec import inspect as types

from hobnail.errors import ErrorCode
from hobnail.protocol import limits
from hobnail.protocol.messages import Message
from hobnail.protocol.schema import CLIENT, SERVER, structs, tag_of
from hobnail.scene import SCENE_FEATURES
from hobnail.settings import describe

_HEAD: Final = """\
# Protocol 1: every field

Made from `sdk/hobnail/protocol/messages.py` by `python scripts/make_schema.py`; do not edit it. What it all means, with
examples, stands in [Protocol 1](protocol.md). `protocol-1.schema.json` beside this page is the same as
[JSON Schema](https://json-schema.org), and `tests/vectors/` holds bytes.

Types are MessagePack's: `int`, `float` (64 or 32 bit; an `int` will do), `str` (UTF-8), `bin`, `bool`, `nil`, a list in
brackets, `map`. A field without "needed" may be left out. Every message has `v` (1), `type`, and may have `id`, `seq`
and `at`.
"""
_WORDS: Final = {
    types.IntType: "int",
    types.FloatType: "float",
    types.StrType: "str",
    types.BytesType: "bin",
    types.BoolType: "bool",
    types.NoneType: "nil",
}
_COMMON: Final = frozenset(Message.__struct_fields__)


def reference() -> str:
    """The page."""
    parts = [_HEAD]
    for heading, messages in (("From clients", CLIENT), ("From the server", SERVER)):
        parts.append(f"\n## {heading}\n")
        parts += [_section(f"`{tag_of(message)}`", message, own=message in CLIENT) for message in messages]
    parts.append("\n## What messages hold\n")
    parts += [_section(name, struct, own=name in ("Contact", "EmitterSettings")) for name, struct in structs().items()]
    parts.append("\n## Words\n\n")
    parts.append(f"Error codes: {_words(get_args(ErrorCode))}.\n\n")
    parts.append(f"Columns of `scene/1`, in order: {_words(SCENE_FEATURES)}.\n")
    return "".join(parts)


def _section(heading: str, struct: type[msgspec.Struct], *, own: bool) -> str:
    text = " ".join(inspect.cleandoc(struct.__doc__ or "").split()).replace("``", "`")
    rows = "".join(_rows(struct, own=own))
    table = f"\n| field | type | default | range | meaning |\n|---|---|---|---|---|\n{rows}" if rows else ""
    return f"\n### {heading}\n\n{text}\n{table}"


def _rows(struct: type[msgspec.Struct], *, own: bool) -> Iterator[str]:
    """One table row for each field but the common ones; ranges hold for what clients send (``own``)."""
    meanings = {help.name: help.help for help in describe(struct)}
    info = types.type_info(struct)
    assert isinstance(info, types.StructType), "only structs have fields"
    for field in info.fields:
        if field.name in _COMMON and issubclass(struct, Message):
            continue
        shown_type = _type(field.type)
        span = limits.RANGES.get(field.name) if own and ("float" in shown_type or "int" in shown_type) else None
        shown = "" if span is None else f"{span.low:g} to {span.high:g}"
        meaning = meanings.get(field.name, "").replace("|", "\\|").replace("``", "`")
        yield f"| `{field.encode_name}` | {shown_type} | {_default(field)} | {shown} | {meaning} |\n"


def _default(field: types.Field) -> str:
    if field.required:
        return "needed"
    value = field.default
    if value is msgspec.NODEFAULT:
        return "not given" if field.default_factory is msgspec.NODEFAULT else "empty"
    shown = "empty"
    if value is None:
        shown = "nil"
    elif isinstance(value, bool):
        shown = str(value).lower()
    elif isinstance(value, int | float):
        shown = f"{value:g}"
    elif isinstance(value, str) and value:
        shown = f"`{value}`"
    return shown


def _type(info: types.Type) -> str:
    match info:
        case types.LiteralType(values=values):
            shown = _words(tuple(map(str, values)), between=" or ")
        case types.UnionType(types=several):
            shown = " or ".join(_type(one) for one in several if _given(one))
        case types.VarTupleType(item_type=item):
            shown = f"[{_type(item)}, ...]"
        case types.TupleType(item_types=items):
            shown = f"[{', '.join(map(_type, items))}]"
        case types.DictType(key_type=key, value_type=value):
            shown = f"map {_type(key)} -> {_type(value)}"
        case types.StructType(cls=cls):
            shown = f"[{cls.__name__}](#{cls.__name__.lower()})"
        case _:
            shown = _WORDS[type(info)]
    return shown


def _given(info: types.Type) -> bool:
    return type(info).__name__ != "UnsetType"


def _words(words: tuple[str, ...], between: str = ", ") -> str:
    return between.join(f"`{word}`" for word in words)
