"""Schema, reference page, vectors and client libraries say what the typed structs say: whoever drifts fails here."""

import base64
import json
import re
import subprocess
import sys
import typing
from pathlib import Path

import jsonschema
import msgspec
import pytest

from hobnail.client import Client
from hobnail.errors import ErrorCode, MessageError
from hobnail.notices import EndReason
from hobnail.protocol import RANGES, decode_client
from hobnail.protocol.reference import reference
from hobnail.protocol.schema import CLIENT, SERVER, json_schema, structs, tag_of
from hobnail.scene import SCENE_FEATURES

ROOT = Path(__file__).parent.parent.parent
SCHEMA = json_schema()
BEYOND_A_SCHEMA = {
    "empty", "truncated", "something after the map", "not a map", "a key twice", "text that is not UTF-8",  # no map
    "not a number", "infinity in a contact",  # not in JSON
    "infinity in a frame", "a frame of the wrong size",  # inside the bytes
}  # fmt: skip
"""Broken bytes that only the codec can refuse."""


def validator(kind):
    return jsonschema.Draft202012Validator({"$ref": f"#/$defs/{kind}", "$defs": SCHEMA["$defs"]})


CLIENTS, SERVERS = validator("ClientMessage"), validator("ServerMessage")


def vectors(name):
    return json.loads((ROOT / "tests" / "vectors" / name).read_text(encoding="utf-8"))


def in_json(value):
    """A vector's message, or an unpacked one, as JSON has it: bytes in base64."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        if list(value) == ["hex"]:
            return base64.b64encode(bytes.fromhex(value["hex"])).decode()
        return {key: in_json(item) for key, item in value.items()}
    return [in_json(item) for item in value] if isinstance(value, list) else value


def rows(name):
    return [pytest.param(row, id=row["name"]) for row in vectors(name)]


def test_the_files_are_what_the_script_writes():
    check = [sys.executable, str(ROOT / "scripts" / "make_schema.py"), "--check"]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert jsonschema.Draft202012Validator(SCHEMA).is_valid({"v": 1, "type": "bye"})


@pytest.mark.parametrize("row", rows("client.json"))
def test_a_clients_golden_message_is_valid(row):
    CLIENTS.validate(in_json(row["message"]))


@pytest.mark.parametrize("row", rows("server.json"))
def test_a_servers_golden_message_is_valid_and_no_clients(row):
    SERVERS.validate(in_json(row["message"]))
    assert not CLIENTS.is_valid(in_json(row["message"]))


@pytest.mark.parametrize("row", rows("broken.json"))
def test_what_the_codec_refuses_the_schema_refuses_as_far_as_it_can(row):
    if row["name"] in BEYOND_A_SCHEMA:
        return
    assert not CLIENTS.is_valid(in_json(msgspec.msgpack.decode(bytes.fromhex(row["hex"]))))


BASE = {
    "hello": {"client": "a"},
    "event": {"emitter": "a", "name": "b"},
    "control": {"control": "a", "value": 0.5},
    "bus": {"bus": "a", "gain_db": 0.0},
    "emitter": {"emitter": "a"},
    "listener": {"position": [0, 0, 0], "forward": [0, 0, -1], "up": [0, 1, 0]},
    "transport": {"op": "play"},
    "palette": {"op": "load", "palette": "a"},
    "frame": {"values": {"a": {"speed_m_s": 1.0}}},
}


def edges():
    """(message with one number at or beyond its limit, whether it holds) for every limited number of every message."""
    for kind, fields in BASE.items():
        struct = next(message for message in CLIENT if tag_of(message) == kind)
        for field in struct.__struct_fields__:
            if field in RANGES and field not in (
                "controls",
                "position",
                "forward",
                "up",
                "value",
                "loop_s",
            ):  # vectors, and below
                yield from _edge(kind, fields, (field,), RANGES[field])
    for field in ("speed_m_s", "mass_kg", "intensity", "impulse_n_s"):
        yield from _edge("event", BASE["event"], ("contact", field), RANGES[field])
    for field in ("gain_db", "pan", "size_m"):
        yield from _edge("emitter", BASE["emitter"], ("settings", field), RANGES[field])
    yield from _edge("event", BASE["event"], ("controls", "pitch"), RANGES["controls"])
    yield from _edge("control", {"control": "a"}, ("value",), RANGES["value"])
    yield from _edge("frame", {}, ("values", "a", "speed_m_s"), RANGES["features"])


def _edge(kind, fields, path, span):
    low, high = span.low, span.high
    fields = {"control": "a"} if path == ("plain",) else fields
    for value, holds in ((low, True), (high, True), (low - max(1e-3, abs(low)), False), (high + abs(high), False)):
        inner = value
        for key in reversed(path):
            inner = {key: inner}
        yield {"v": 1, "type": kind, **fields, **inner}, holds


@pytest.mark.parametrize(("message", "holds"), list(edges()))
def test_codec_and_schema_agree_at_every_limit(message, holds):
    try:
        decode_client(msgspec.msgpack.encode(message))
        taken = True
    except MessageError:
        taken = False
    assert taken is holds
    assert CLIENTS.is_valid(message) is holds


@pytest.mark.parametrize("name", ["", " a", "a ", "x" * 65, "a\n", "ä"])
@pytest.mark.parametrize(
    ("kind", "field"), [("hello", "client"), ("event", "emitter"), ("event", "name"), ("control", "control"),
                        ("bus", "bus"), ("palette", "palette")],
)  # fmt: skip
def test_codec_and_schema_agree_on_ids(kind, field, name):
    message = {"v": 1, "type": kind, **BASE[kind], field: name}
    assert not CLIENTS.is_valid(message)
    with pytest.raises(MessageError):
        decode_client(msgspec.msgpack.encode(message))


def test_every_field_stands_in_the_reference_with_what_it_means():
    page = reference()
    for struct in (*CLIENT, *SERVER, *structs().values()):
        for field in struct.__struct_fields__:
            if field not in ("v", "id", "seq", "at") or struct.__name__ in structs():
                assert f"| `{field}` |" in page, (struct.__name__, field)


# --- vectors and client libraries -------------------------------------------------------------------------------------


def fields_of(value, found):
    if isinstance(value, dict):
        found |= set(value)
        for item in value.values():
            fields_of(item, found)
    elif isinstance(value, list):
        for item in value:
            fields_of(item, found)
    return found


def of_one_value(struct):
    """Fields that can only have their default, and so are never sent."""
    fields = msgspec.inspect.type_info(struct).fields
    return {field.name for field in fields if len(getattr(field.type, "values", (0, 0))) == 1}


@pytest.mark.parametrize("message", [*CLIENT, *SERVER], ids=tag_of)
def test_every_field_of_every_message_is_in_a_golden_vector(message):
    """So a client library that misreads one field fails its own test over the vectors."""
    mine = [row["message"] for name in ("client.json", "server.json") for row in vectors(name)
            if row["message"]["type"] == tag_of(message)]  # fmt: skip
    given = set().union(*mine)
    assert set(message.__struct_fields__) - {"id", "seq", "at", *of_one_value(message)} - given == set()


@pytest.mark.parametrize("name", structs())
def test_every_field_of_what_messages_hold_is_in_a_golden_vector(name):
    given = fields_of([row["message"] for file in ("client.json", "server.json") for row in vectors(file)], set())
    assert set(structs()[name].__struct_fields__) - given == set()


WORDS = {
    *(tag_of(message) for message in (*CLIENT, *SERVER)),
    *(field for struct in (*CLIENT, *SERVER, *structs().values()) for field in struct.__struct_fields__),
}
LIBRARIES = {
    "samples/unity": (".cs",),
    "samples/unreal": (".hpp", ".h", ".cpp"),
}
_FOR_TOOLS = {
    "help": "for people, in tools",
    "latency_mode": "the latency itself is read",
    "model_latency_frames": "is in the session's latency",
    "palettes": "for tools that load them",
    "ring_lead_frames": "the session's own concern",
    "schema": "its only value is the default",
    "states_once": "the session's own concern",
    "step_frames": "the session's own concern",
    "steps": "for people, in tools",
    "together_frames": "the session's own concern",
    "together_most": "the session's own concern",
}
_FOR_DAWS = {"bounce_port": "offline renders are asked for by DAWs"}
LEFT_OUT = {"samples/unity": {**_FOR_TOOLS, **_FOR_DAWS}, "samples/unreal": _FOR_TOOLS}
"""Library -> word of the schema -> why it does without."""


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_client_library_knows_every_word_of_the_schema(library):
    """A field that is new in the structs is missing there, until the library learns it or says why it need not."""
    sources = [path for path in (ROOT / library).rglob("*") if path.suffix in LIBRARIES[library]]
    assert sources, f"{library} has no sources"
    known = set(re.findall(r'"([a-z][a-z0-9_]*)"', "\n".join(path.read_text(encoding="utf-8") for path in sources)))
    assert sorted(WORDS - known - set(LEFT_OUT[library])) == []
    assert sorted(set(LEFT_OUT[library]) & known) == [], "known after all: take them out of LEFT_OUT"


def test_the_python_client_speaks_every_message_of_a_client():
    """By the verb that sends it; hello, ping and bye it says by itself."""
    verbs = {"emitter", "event", "frame", "control", "listener", "bus", "transport", "panic"}
    silent = {"hello", "ping", "bye"}
    missing = {"palette"}  # sent as a message; it has no verb of its own yet
    assert {tag_of(message) for message in CLIENT} == verbs | silent | missing
    assert all(hasattr(Client, verb) for verb in verbs)


def test_words_of_the_schema_are_in_it():
    codes = SCHEMA["$defs"]["ErrorMessage"]["properties"]["code"]["enum"]
    reasons = SCHEMA["$defs"]["Ended"]["properties"]["reason"]["enum"]
    assert set(codes) == set(typing.get_args(ErrorCode))
    assert set(reasons) == set(typing.get_args(EndReason))
    assert all(f"`{feature}`" in reference() for feature in SCENE_FEATURES)
