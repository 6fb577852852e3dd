"""Protocol 1 as JSON Schema, made from the typed structs and the limits: what ``docs/protocol-1.schema.json`` holds.

A message in MessagePack is a map; the schema describes that map. MessagePack's ``bin`` is a base64 string in JSON.
What no schema can say stays with the codec: columns that fit the data, each name once, NaN.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import cleandoc
from typing import Any, Final, get_args

import msgspec

from hobnail.protocol import limits
from hobnail.protocol.messages import PROTOCOL, ClientMessage, Message, ServerMessage
from hobnail.scene import SCENE_FEATURES, Contact, EmitterSettings
from hobnail.settings import describe

Schema = dict[str, Any]

NAME: Final = r"^(?! )[A-Za-z0-9_.:/() -]{1,64}(?<! )(?![\s\S])"
_LINE: Final = r"^[^\x00-\x1f\x7f]*(?![\s\S])"
_IDS: Final = frozenset({"client", "emitter", "name", "control", "bus", "engine", "palette"})
_WORDS: Final = frozenset({"material", "other"})
_NUMBERED: Final = frozenset({"id", "seq", "seed"})

CLIENT: Final[tuple[type[Message], ...]] = get_args(ClientMessage)
SERVER: Final[tuple[type[Message], ...]] = get_args(ServerMessage)


def tag_of(message: type[msgspec.Struct]) -> str:
    """The ``type`` of a message."""
    return str(message.__struct_config__.tag)


def json_schema() -> Schema:
    """One document: ``$defs`` of every struct, and at the top a client's message or a server's."""
    _, defs = msgspec.json.schema_components([*CLIENT, *SERVER], ref_template="#/$defs/{name}")
    for definition in defs.values():  # releases of msgspec differ in how they indent docstrings
        if "description" in definition:
            definition["description"] = cleandoc(definition["description"])
    for message in (*CLIENT, *SERVER):
        defs[message.__name__]["properties"]["v"] = {"const": PROTOCOL}
    bounded: tuple[type[msgspec.Struct], ...] = (*CLIENT, Contact, EmitterSettings)
    for struct in bounded:
        for field, schema in defs[struct.__name__]["properties"].items():
            _bound(field, schema)
    _forbid_beside(defs)
    for name, struct in _structs().items():
        for help in describe(struct):
            if help.help and help.name in defs[name]["properties"]:
                defs[name]["properties"][help.name]["description"] = help.help
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Hobnail protocol {PROTOCOL}",
        "oneOf": [{"$ref": "#/$defs/ClientMessage"}, {"$ref": "#/$defs/ServerMessage"}],
        "$defs": {
            "ClientMessage": _any_of(CLIENT),
            "ServerMessage": _any_of(SERVER),
            **dict(sorted(defs.items())),
        },
    }


def _any_of(messages: tuple[type[Message], ...]) -> Schema:
    return {"oneOf": [{"$ref": f"#/$defs/{message.__name__}"} for message in messages]}


def _structs() -> dict[str, type[msgspec.Struct]]:
    """Name -> struct, of all messages and of what they hold."""
    found: dict[str, type[msgspec.Struct]] = {}

    def visit(info: msgspec.inspect.Type) -> None:
        match info:
            case msgspec.inspect.StructType(cls=cls):
                name = str(getattr(cls, "__name__", cls))
                if name not in found:
                    found[name] = cls
                    for field in info.fields:
                        visit(field.type)
            case msgspec.inspect.UnionType(types=types):
                for one in types:
                    visit(one)
            case msgspec.inspect.VarTupleType(item_type=item):
                visit(item)

    for message in (*CLIENT, *SERVER):
        visit(msgspec.inspect.type_info(message))
    return found


def structs() -> dict[str, type[msgspec.Struct]]:
    """Name -> struct, of what messages hold: contacts, settings, specs."""
    messages = {message.__name__ for message in (*CLIENT, *SERVER)}
    return {name: struct for name, struct in _structs().items() if name not in messages}


def _bound(field: str, schema: Schema) -> None:
    """Lay the limits over the schema of a client's field."""
    if field in limits.RANGES and field != "controls":
        _each(schema, ("number", "integer"), _range(limits.RANGES[field]))
    if field in _IDS or field == "emitters":
        _each(schema, ("string",), {"pattern": NAME})
    elif field in _WORDS or field == "prompt":
        longest = limits.MAX_PROMPT if field == "prompt" else limits.MAX_WORD
        _each(schema, ("string",), {"maxLength": longest, "pattern": _LINE})
    if field in _NUMBERED:
        _each(schema, ("integer",), {"minimum": 0, "maximum": limits.MAX_REQUEST})
    if field == "at":
        _each(schema, ("integer",), {"minimum": 0, "maximum": limits.MAX_FRAME})
    if field == "controls":
        _each(schema, ("object",), {"maxProperties": limits.MAX_CONTROLS, "propertyNames": {"pattern": NAME}})
        _each(schema, ("number",), _range(limits.RANGES["controls"]))
    if field == "values":
        rows = {"minProperties": 1, "maxProperties": limits.MAX_ROWS, "propertyNames": {"pattern": NAME}}
        columns = {"propertyNames": {"enum": list(SCENE_FEATURES)}}
        _each(schema, ("number",), _range(limits.RANGES["features"]))
        _each(schema, ("object",), columns, deepest=True)
        _each(schema, ("object",), rows, deepest=False)
    if field == "columns":
        _each(schema, ("array",), {"minItems": 1, "maxItems": len(SCENE_FEATURES), "uniqueItems": True})
        _each(schema, ("string",), {"enum": list(SCENE_FEATURES)})
    if field == "emitters":
        _each(schema, ("array",), {"maxItems": limits.MAX_ROWS, "uniqueItems": True})


def _forbid_beside(defs: Schema) -> None:
    """Fields that exclude or need each other."""
    defs["ControlMessage"]["oneOf"] = [
        {"required": ["value"], "properties": {"value": {"type": "number"}, "plain": {"type": "null"}}},
        {"required": ["plain"], "properties": {"plain": {"type": "number"}, "value": {"type": "null"}}},
    ]
    defs["FrameMessage"]["oneOf"] = [
        {"required": ["emitters", "data"], "properties": {"values": {"type": "null"}, "emitters": {"minItems": 1}}},
        {
            "required": ["values"],
            "properties": {
                "values": {"type": "object"},
                "emitters": {"maxItems": 0},
                "columns": {"type": "null"},
                "data": {"maxLength": 0},
            },
        },
    ]
    times = ("at", "cue_s", "cue_beat")
    defs["EventMessage"]["anyOf"] = [
        {"properties": {other: {"type": "null"} for other in times if other != kept}, "required": [kept]}
        for kept in times
    ] + [{"properties": {each: {"type": "null"} for each in times}}]
    needed = {"locate": "position_s", "tempo": "tempo_bpm"}
    defs["TransportMessage"]["allOf"] = [
        {
            "if": {"properties": {"op": {"const": op}}, "required": ["op"]},
            "then": {"properties": {field: {"type": "number"}}, "required": [field]},
        }
        for op, field in needed.items()
    ]
    removal = {"properties": {"op": {"const": "remove"}}, "required": ["op"]}
    defs["EmitterMessage"]["if"] = removal
    defs["EmitterMessage"]["then"] = {"properties": {"settings": {"maxProperties": 0}}}
    defs["Hello"]["properties"]["want"]["maxItems"] = 8


def _range(span: limits.Range) -> Schema:
    return {"minimum": span.low, "maximum": span.high}


def _each(schema: Schema, kinds: tuple[str, ...], more: Schema, *, deepest: bool | None = None) -> None:
    """Add ``more`` to every part of a field's schema that is of these kinds, however deep.

    ``deepest``: only to maps that hold no map (True), or only to those that do (False).
    """

    def visit(part: Schema) -> None:
        inner = part.get("additionalProperties")
        holds_maps = isinstance(inner, dict) and inner.get("type") == "object"
        if part.get("type") in kinds and (deepest is None or deepest != holds_maps):
            part.update(more)
        for child in _children(part):
            visit(child)

    visit(schema)


_CHILDREN: Final[tuple[Callable[[Schema], Any], ...]] = (
    lambda part: part.get("anyOf", []),
    lambda part: part.get("prefixItems", []),
    lambda part: [part["items"]] if isinstance(part.get("items"), dict) else [],
    lambda part: [part["additionalProperties"]] if isinstance(part.get("additionalProperties"), dict) else [],
)


def _children(part: Schema) -> list[Schema]:
    return [child for children in _CHILDREN for child in children(part)]
