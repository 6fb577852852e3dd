"""The codec of protocol 1: what goes in comes out; what is wrong is refused with its code, path and cure."""

import math

import msgpack
import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hobnail.errors import MessageError
from hobnail.protocol import (
    MAX_MESSAGE_BYTES,
    RANGES,
    BusMessage,
    Bye,
    ControlMessage,
    EmitterMessage,
    Ended,
    ErrorMessage,
    EventMessage,
    FrameMessage,
    Hello,
    PanicMessage,
    Ping,
    Pong,
    decode_client,
    decode_server,
    encode,
    encode_checked,
    request_of,
)
from hobnail.scene import SCENE_FEATURES, Contact, EmitterSettings

names = st.from_regex(r"[A-Za-z0-9_.:/()-]{1,64}", fullmatch=True)
words = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=64)
numbers = st.integers(0, (1 << 63) - 1)


def within(field):
    return st.floats(RANGES[field].low, RANGES[field].high)


def optional(**fields):
    return st.fixed_dictionaries({}, optional=fields)


contacts = optional(
    material=words,
    other=words,
    **{field: within(field) for field in ("speed_m_s", "slip_m_s", "impulse_n_s", "mass_kg", "size_m", "intensity")},
).map(lambda fields: Contact(**fields))
controls = st.dictionaries(names, within("controls"), max_size=5)
emitter_settings = optional(
    prompt=st.text(st.characters(codec="ascii", exclude_categories=("C",)), max_size=512),
    material=words,
    mass_kg=within("mass_kg"),
    size_m=within("size_m"),
    gain_db=within("gain_db"),
    position_m=st.tuples(*[within("position_m")] * 3),
    pan=st.none() | within("pan"),
    bus=names,
    priority=st.integers(0, 100),
    shared=st.booleans(),
    engine=names,
    seed=numbers,
    controls=controls,
).map(lambda fields: EmitterSettings(**fields))
envelope = {"v": st.just(1), "id": st.none() | numbers, "seq": st.none() | numbers, "at": st.none() | numbers}
envelope["at"] = st.none() | st.integers(0, 1 << 62)


@st.composite
def frames(draw):
    """Frame messages in both forms."""
    emitters = draw(st.lists(names, min_size=1, max_size=4, unique=True))
    columns = draw(st.lists(st.sampled_from(SCENE_FEATURES), min_size=1, unique=True))
    cells = within("features").map(np.float32) | st.just(np.float32(math.nan))
    rows = [[draw(cells) for _ in columns] for _ in emitters]
    head = {field: draw(strategy) for field, strategy in envelope.items()}
    if draw(st.booleans()):
        values = {
            emitter: {column: float(x) for column, x in zip(columns, row, strict=True) if not math.isnan(x)}
            for emitter, row in zip(emitters, rows, strict=True)
        }
        return FrameMessage(**head, values=values)
    data = np.array(rows, "<f4").tobytes()
    return FrameMessage(**head, emitters=tuple(emitters), columns=tuple(columns), data=data)


messages = st.one_of(
    st.builds(
        Hello,
        **envelope,
        client=names,
        units_per_metre=within("units_per_metre"),
        up=st.sampled_from("yz"),
        handedness=st.sampled_from(("left", "right")),
        want=st.sampled_from(((), ("voices",))),
    ),
    st.builds(Ping, **envelope, t=st.integers(-(1 << 63), (1 << 63) - 1)),
    st.builds(
        EmitterMessage,
        **envelope,
        emitter=names,
        op=st.sampled_from(("create", "update")),
        settings=emitter_settings,
    ),
    st.builds(
        EventMessage,
        **envelope,
        emitter=names,
        name=names,
        action=st.sampled_from(("trigger", "start", "stop")),
        contact=contacts,
        controls=controls,
        gain_db=within("gain_db"),
        seed=st.none() | numbers,
    ),
    st.builds(ControlMessage, **envelope, control=names, emitter=st.none() | names, value=within("value")),
    st.builds(ControlMessage, **envelope, control=names, plain=within("plain")),
    st.builds(BusMessage, **envelope, bus=names, gain_db=within("gain_db")),
    st.builds(PanicMessage, **envelope),
    st.builds(Bye, **envelope),
    frames(),
)


def fault_of(decode, data):
    """The MessageError that decoding raises, or None; anything else fails the test."""
    try:
        decode(data)
    except MessageError as error:
        return error
    return None


@given(messages)
def test_what_is_encoded_is_decoded_to_the_same(message):
    assert decode_client(encode(message)) == message


@given(messages)
def test_the_bytes_settle_after_one_round(message):
    settled = encode(decode_client(encode(message)))  # a field that merely equals its default may be left out
    assert encode(decode_client(settled)) == settled


@given(messages)
def test_a_foreign_encoder_is_understood_too(message):
    foreign = msgpack.packb(msgspec.msgpack.decode(encode(message)), use_single_float=False)
    assert decode_client(foreign) == message


@given(st.binary(max_size=2_000))
@settings(max_examples=500)
def test_any_bytes_give_a_message_or_a_message_error(data):
    for decode in (decode_client, decode_server):
        error = fault_of(decode, data)
        assert error is None or (error.problem and error.cure and error.path.startswith("$"))
    request_of(data)


@given(messages, st.data())
@settings(max_examples=500)
def test_a_mutated_message_gives_a_message_or_a_message_error(message, data):
    mutated = bytearray(encode(message))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(mutated) - 1))
        mutated[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=3))
        if not mutated:
            break
    fault_of(decode_client, bytes(mutated))


@given(messages, st.data())
def test_a_truncated_message_is_never_taken(message, data):
    whole = encode(message)
    with pytest.raises(MessageError):
        decode_client(whole[: data.draw(st.integers(0, len(whole) - 1))])


EVENT = {"type": "event", "emitter": "a", "name": "impact"}
EMITTER = {"type": "emitter", "emitter": "a"}
LISTENER = {"type": "listener", "position": [0, 0, 0], "forward": [0, 0, -1], "up": [0, 1, 0]}
NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("message", "code", "path"),
    [
        ({"type": "dance"}, "unknown_type", "$.type"),
        ({"type": "welcome"}, "unknown_type", "$.type"),
        ({"type": 5}, "bad_type", "$.type"),
        ({}, "missing_field", "$.type"),
        ({"type": "ping"}, "missing_field", "$.t"),
        ({"type": "ping", "t": 1, "x": 1}, "unknown_field", "$.x"),
        ({"type": "ping", "t": "1"}, "bad_type", "$.t"),
        ({"type": "ping", "t": True}, "bad_type", "$.t"),
        ({"type": "ping", "t": 1, "id": -1}, "out_of_range", "$.id"),
        ({"type": "ping", "t": 1, "id": 1 << 63}, "out_of_range", "$.id"),
        ({"type": "ping", "t": 1, "at": -1}, "out_of_range", "$.at"),
        ({"type": "ping", "t": 1, "at": 1.5}, "bad_type", "$.at"),
        ({"type": "ping", "v": 2}, "version", "$.v"),
        ({"type": "samba", "v": 2, "new": {}}, "version", "$.v"),
        ({"type": "ping", "v": "1"}, "bad_type", "$.v"),
        ({"type": "hello", "client": ""}, "out_of_range", "$.client"),
        ({"type": "hello", "client": "x" * 65}, "out_of_range", "$.client"),
        ({"type": "hello", "client": "a\nb"}, "out_of_range", "$.client"),
        ({"type": "hello", "client": " a"}, "out_of_range", "$.client"),
        ({"type": "hello", "client": "a", "up": "x"}, "out_of_range", "$.up"),
        ({"type": "hello", "client": "a", "units_per_metre": 0}, "out_of_range", "$.units_per_metre"),
        ({"type": "hello", "client": "a", "want": ["sugar"]}, "out_of_range", "$.want[0]"),
        ({**EVENT, "action": "throw"}, "out_of_range", "$.action"),
        ({**EVENT, "gain_db": NAN}, "not_finite", "$.gain_db"),
        ({**EVENT, "gain_db": 25}, "out_of_range", "$.gain_db"),
        ({**EVENT, "contact": {"speed_m_s": -1}}, "out_of_range", "$.contact.speed_m_s"),
        ({**EVENT, "contact": {"mass_kg": 0}}, "out_of_range", "$.contact.mass_kg"),
        ({**EVENT, "contact": {"intensity": INF}}, "not_finite", "$.contact.intensity"),
        ({**EVENT, "contact": {"material": "x" * 65}}, "out_of_range", "$.contact.material"),
        ({**EVENT, "contact": {"weight": 1}}, "unknown_field", "$.contact.weight"),
        ({**EVENT, "controls": {"pitch": 2}}, "out_of_range", "$.controls.pitch"),
        ({**EVENT, "controls": {"pitch": "high"}}, "bad_type", "$.controls[...]"),
        ({**EVENT, "controls": {f"c{i}": 0 for i in range(65)}}, "out_of_range", "$.controls"),
        ({**EVENT, "seed": -1}, "out_of_range", "$.seed"),
        ({**EMITTER, "settings": {"prompt": "x" * 513}}, "out_of_range", "$.settings.prompt"),
        ({**EMITTER, "settings": {"position_m": [1, 2]}}, "bad_type", "$.settings.position_m"),
        ({**EMITTER, "settings": {"position_m": [1, NAN, 2]}}, "not_finite", "$.settings.position_m[1]"),
        ({**EMITTER, "settings": {"priority": 101}}, "out_of_range", "$.settings.priority"),
        ({**EMITTER, "settings": {"pan": -1.1}}, "out_of_range", "$.settings.pan"),
        ({**EMITTER, "settings": {"prompt": None}}, "bad_type", "$.settings.prompt"),
        ({**EMITTER, "op": "remove", "settings": {"bus": "x"}}, "unknown_field", "$.settings"),
        ({"type": "control", "control": "pitch"}, "missing_field", "$.value"),
        ({"type": "control", "control": "pitch", "value": 0, "plain": 0}, "unknown_field", "$.plain"),
        ({"type": "control", "control": "pitch", "value": 1.01}, "out_of_range", "$.value"),
        ({**LISTENER, "up": [0, 0, 2]}, "out_of_range", "$.up"),
        ({**LISTENER, "forward": [0, 0, 0]}, "out_of_range", "$.up"),
        ({"type": "frame"}, "missing_field", "$.emitters"),
        ({"type": "frame", "emitters": ["a"], "data": b"123"}, "out_of_range", "$.data"),
        ({"type": "frame", "emitters": ["a", "a"], "data": bytes(96)}, "out_of_range", "$.emitters"),
        ({"type": "frame", "emitters": ["a"], "columns": ["smell"], "data": bytes(4)}, "unknown_field", "$.columns[0]"),
        ({"type": "frame", "emitters": ["a"], "columns": [], "data": b""}, "out_of_range", "$.columns"),
        ({"type": "frame", "emitters": ["a"], "values": {}}, "unknown_field", "$.values"),
        ({"type": "frame", "values": {}}, "out_of_range", "$.values"),
        ({"type": "frame", "values": {"a": {"smell": 1}}}, "unknown_field", "$.values.a"),
        ({"type": "frame", "values": {"a": {"size_m": INF}}}, "not_finite", "$.values.a.size_m"),
        ({"type": "frame", "schema": "scene/2", "emitters": ["a"]}, "out_of_range", "$.schema"),
        ({"type": "transport", "op": "play", "tempo_bpm": 0}, "out_of_range", "$.tempo_bpm"),
    ],
)
def test_each_fault_has_its_code_and_its_path(message, code, path):
    with pytest.raises(MessageError) as raised:
        decode_client(msgpack.packb({"v": 1, **message}))
    assert (raised.value.code, raised.value.path) == (code, path)
    assert raised.value.cure


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xc1",
        b"\xdf\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
        b"\x91" * 100_000,
        b"\x81\xa1x" * 50_000,
        encode(Bye(v=1)) + b"\x00",
        encode(Bye(v=1)) * 2,
        b"\x83\xa4type\xa3bye\xa1v\x01\xa1v\x01",
        b"\x83\xa4type\xa5event\xa1v\x01\xa7emitter\xa2\xff\xfe",
        b"\x90",
        b"\x05",
    ],
)
def test_what_is_no_single_sound_map_is_malformed(data):
    with pytest.raises(MessageError) as raised:
        decode_client(data)
    assert raised.value.code == "malformed"


def test_deep_nesting_under_an_unknown_field_is_no_recursion():
    data = b"\x83\xa4type\xa3bye\xa1v\x01\xa1x" + b"\x91" * 200_000 + b"\x01"
    with pytest.raises(MessageError):
        decode_client(data)
    assert request_of(data) is None


@pytest.mark.parametrize("extra", [0, 1])
def test_the_longest_message_is_one_mebibyte(extra):
    with pytest.raises(MessageError) as raised:
        decode_client(b"\xc4" * (MAX_MESSAGE_BYTES + extra))
    assert (raised.value.code == "too_large") is bool(extra)


def test_a_repeated_key_deep_inside_is_found():
    inner = b"\x82\xa5pitch\x00\xa5pitch\x01"
    data = b"\x85\xa4type\xa5event\xa1v\x01\xa7emitter\xa1a\xa4name\xa1n\xa8controls" + inner
    with pytest.raises(MessageError, match="'pitch' stands twice"):
        decode_client(data)


def test_nan_in_a_frame_means_unknown():
    data = np.array([math.nan, 1.0], "<f4").tobytes()
    message = FrameMessage(v=1, emitters=("a",), columns=("size_m", "speed_m_s"), data=data)
    assert decode_client(encode(message)) == message


@pytest.mark.parametrize("value", [INF, -INF, 2e9])
def test_a_number_out_of_range_in_a_frame_names_its_row_and_column(value):
    rows = np.zeros((3, 2), "<f4")
    rows[2, 1] = value
    message = FrameMessage(v=1, emitters=("a", "b", "c"), columns=("size_m", "speed_m_s"), data=rows.tobytes())
    with pytest.raises(MessageError) as raised:
        encode_checked(message)
    assert raised.value.path == "$.data[2][1]"


def test_a_signalling_nan_is_as_unknown_as_any(recwarn):
    data = np.array([0x7F800001], "<u4").tobytes()
    assert decode_client(encode(FrameMessage(v=1, emitters=("a",), columns=("size_m",), data=data)))
    assert not recwarn.list


def test_what_a_client_sent_is_repeated_short_and_printable():
    with pytest.raises(MessageError) as raised:
        decode_client(msgpack.packb({"v": 1, "type": "\x1b[2J" + "x" * 100_000}))
    assert len(raised.value.problem) < 200
    assert raised.value.problem.isprintable()


def test_the_request_number_of_a_broken_message_is_found():
    assert request_of(msgpack.packb({"v": 1, "type": "dance", "id": 12, "x": [1, {"y": 2}]})) == 12
    assert request_of(msgpack.packb({"v": 1, "id": "12"})) is None
    assert request_of(b"\xc1") is None


def test_numbers_that_python_does_not_pack_are_a_message_error():
    with pytest.raises(MessageError, match="cannot be encoded"):
        encode(Ping(v=1, t=1 << 70))
    with pytest.raises(MessageError, match="cannot be encoded"):
        encode(Ping(v=1, t=object()))


@pytest.mark.parametrize(
    "message",
    [
        Pong(v=1, t=1, frame=2, ns=3),
        ErrorMessage(v=1, code="busy", path="$", problem="Full.", re=3, count=2),
        Ended(v=1, at=5, voice=1, emitter="a", event="impact", engine="e", reason="stolen"),
    ],
)
def test_server_messages_come_back_as_they_were(message):
    assert decode_server(encode(message)) == message


def test_a_client_message_is_none_of_the_servers():
    with pytest.raises(MessageError) as raised:
        decode_server(encode(Bye(v=1)))
    assert raised.value.code == "unknown_type"
