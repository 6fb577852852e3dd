"""Turns a table of settings into a typed Struct, and tells what a Struct's fields mean.

One border for every setting: whatever is wrong becomes a :class:`ConfigError` that names the table, the key, what was
found, what was expected and the cure.
"""

from __future__ import annotations

import difflib
import inspect
import math
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

import msgspec

from hobnail.errors import ConfigError

Settings = TypeVar("Settings", bound=msgspec.Struct)

_AT = re.compile(r" - at `\$?(?P<path>[^`]*)`$")
_UNKNOWN = re.compile(r"^Object contains unknown field `(?P<name>[^`]*)`")
_DOC_LINE = re.compile(r"^\s+(?P<name>\w+)\s*:.*#:\s*(?P<text>.+?)\s*$")


class FieldHelp(msgspec.Struct, frozen=True, kw_only=True):
    """One setting as people read it."""

    name: str
    type: str
    default: str  #: "" when it must be given
    help: str


def settings_from(kind: type[Settings], table: Mapping[str, Any], *, where: str) -> Settings:
    """``table`` as a ``kind``, strictly: unknown keys, wrong types and NaN are refused. ``where`` is its place."""
    refuse_not_finite(table, where)
    _refuse_unknown(kind, table, where)
    try:
        return msgspec.convert(table, kind, strict=True)
    except msgspec.ValidationError as error:
        raise _explained(error, kind, table, where) from error


def checked(settings: Settings, *, where: str) -> Settings:
    """``settings`` made by hand, held to the limits that a file is held to."""
    return settings_from(type(settings), msgspec.to_builtins(settings), where=where)


def refuse_not_finite(value: object, where: str) -> None:
    """Refuse NaN and infinity anywhere in ``value``; TOML allows both, no setting has a use for them."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ConfigError(f"{where}: found {value}, expected a finite number.", cure="Write an ordinary number.")
    if isinstance(value, Mapping):
        for key, item in value.items():
            refuse_not_finite(item, place(where, str(key)))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            refuse_not_finite(item, f"{where}[{index}]")


def place(where: str, key: str) -> str:
    """Where ``key`` of the table at ``where`` stands."""
    return f"{where} {key}" if where.endswith(("]", ":")) else f"{where}.{key}"


def closest(word: str, words: list[str] | tuple[str, ...]) -> str:
    """A sentence that names what there is, and first what ``word`` may have meant."""
    near = difflib.get_close_matches(word, words, n=1)
    meant = f"Did you mean {near[0]!r}? " if near else ""
    return f"{meant}There is: {', '.join(words) or 'nothing'}."


def describe(kind: type[msgspec.Struct]) -> tuple[FieldHelp, ...]:
    """Every field of ``kind`` with its one line of help, from ``Meta(description=...)`` or its ``#:`` comment."""
    comments = _doc_comments(kind)
    return tuple(
        FieldHelp(
            name=field.encode_name,
            type=_type_text(field.type),
            default=_default(field),
            help=_meta_help(field.type) or comments.get(field.name, ""),
        )
        for field in msgspec.structs.fields(kind)
    )


def _refuse_unknown(kind: type[msgspec.Struct], table: Mapping[str, Any], where: str) -> None:
    """Also for Structs whose author forgot ``forbid_unknown_fields``."""
    known = [field.encode_name for field in msgspec.structs.fields(kind)]
    for key in table:
        if key not in known:
            raise ConfigError(f"{place(where, key)}: unknown key.", cure=closest(key, known))


def _explained(error: msgspec.ValidationError, kind: type, table: object, where: str) -> ConfigError:
    text = str(error)
    path = found.group("path").lstrip(".") if (found := _AT.search(text)) else ""
    text = _AT.sub("", text).replace("`object`", "a table")
    spot = place(where, path) if path else where
    if unknown := _UNKNOWN.match(text):
        return ConfigError(f"{place(spot, unknown['name'])}: unknown key.", cure="Remove it, or correct its name.")
    value = _value_at(table, path)
    shown = "" if value is None or isinstance(value, Mapping) else f" Found {value!r}."
    return ConfigError(f"{spot}: {text[:1].lower()}{text[1:]}.{shown}", cure=_cure(kind, path))


def _cure(kind: type, path: str) -> str:
    """The field's own line of help, when the fault lies at a field."""
    name = re.split(r"[.\[]", path)[0]
    for field in describe(kind):
        if field.name == name and field.help:
            return f"{name}: {field.help}."
    return ""


def _value_at(value: object, path: str) -> object:
    for step in re.findall(r"[^.\[\]]+", path):
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list | tuple) and step.isdigit():
            value = value[int(step)]
        else:
            return None
    return value


def _meta_help(annotation: object) -> str:
    """The description in ``Annotated[type, Meta(description=...)]``."""
    for meta in getattr(annotation, "__metadata__", ()):
        if isinstance(meta, msgspec.Meta) and meta.description:
            return meta.description
    return ""


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.default is not msgspec.NODEFAULT:
        return repr(field.default)
    if field.default_factory is not msgspec.NODEFAULT:
        return repr(field.default_factory())
    return ""


def _type_text(annotation: Any) -> str:  # noqa: ANN401 - a type form has no type of its own
    """``Annotated[int, Meta(ge=1, le=512)]`` as "int, 1 to 512", a Literal as its words."""
    if get_origin(annotation) is Annotated:
        base, *rest = get_args(annotation)
        metas = [meta for meta in rest if isinstance(meta, msgspec.Meta)]
        spans = [f", {meta.ge:g} to {meta.le:g}" for meta in metas if meta.ge is not None and meta.le is not None]
        return "".join([_type_text(base), *spans])
    if get_origin(annotation) is Literal:
        return " or ".join(repr(word) for word in get_args(annotation))
    return annotation.__name__ if isinstance(annotation, type) and not get_args(annotation) else str(annotation)


def _doc_comments(kind: type) -> dict[str, str]:
    """Field name -> its ``#:`` comment, read from the source when there is one."""
    comments: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        try:
            lines = inspect.getsourcelines(base)[0]
        except (OSError, TypeError):  # made at run time, or built into C
            continue
        for line in lines:
            if match := _DOC_LINE.match(line):
                comments[match["name"]] = match["text"]
    return comments
