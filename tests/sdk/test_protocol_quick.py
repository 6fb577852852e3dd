"""What is looked at quickly is judged as what is looked at slowly: same messages, same refusals."""

import struct

import msgpack
import msgspec
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hobnail.errors import MessageError
from hobnail.protocol import codec, decode_client, rows
from hobnail.protocol.limits import HUGE

KEYS = st.sampled_from(["v", "type", "emitters", "columns", "data", "values", "id", "emitter", "controls", "x"])
SMALL = st.one_of(
    st.integers(0, 300), st.text(max_size=4), st.binary(max_size=8), st.booleans(), st.none(), st.floats()
)
INNER = st.recursive(
    SMALL, lambda part: st.lists(part, max_size=3) | st.dictionaries(KEYS, part, max_size=3), max_leaves=6
)


def pairs(items):
    """A map as written, keys twice and all."""
    return bytes([0x80 | len(items)]) + b"".join(msgpack.packb(key) + msgpack.packb(value) for key, value in items)


def outcome(data):
    try:
        return decode_client(data)
    except MessageError as error:
        return error.code, error.path


def slowly(data, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(codec, "_is_plainly_sound", lambda _: False)
        return outcome(data)


@given(st.one_of(st.lists(st.tuples(KEYS, INNER), max_size=6).map(pairs), st.binary(max_size=40)))
@example(pairs([("v", 1), ("type", "bye"), ("v", 1)]))
@example(pairs([("v", 1), ("type", "frame"), ("values", {"a": {"size_m": 1.0}})]))
@example(b"\x81\xa1v\xde\x00\x00")
def test_the_quick_look_lets_nothing_through_that_the_slow_one_refuses(data):
    with pytest.MonkeyPatch.context() as monkeypatch:
        slow = slowly(data, monkeypatch)
    quick = outcome(data)
    if isinstance(slow, msgspec.Struct) or isinstance(quick, msgspec.Struct):
        assert quick == slow


@pytest.mark.parametrize("inside", [{"contact": {"x": 1}}, {"controls": {}}, {"settings": {}}])
def test_a_message_with_a_map_inside_is_looked_at_slowly(inside):
    assert not codec._is_plainly_sound(msgpack.packb({"v": 1, "type": "event", **inside}))


def test_a_games_frame_is_looked_at_quickly():
    frame = {"v": 1, "type": "frame", "emitters": ["a"] * 16, "data": b"x" * 768}
    assert codec._is_plainly_sound(msgpack.packb(frame))


EDGES = [HUGE, -HUGE, float(np.nextafter(np.float32(HUGE), np.float32(np.inf))), float("inf"), float("-inf"),
         float("nan"), 0.0, -0.0, 1e-45, 3.4e38]  # fmt: skip


@given(st.lists(st.one_of(st.sampled_from(EDGES), st.floats(width=32)), min_size=1, max_size=40))
def test_numbers_are_judged_by_their_bits_as_by_their_value(numbers):
    data = struct.pack(f"<{len(numbers)}f", *numbers)
    values = np.frombuffer(data, "<f4")
    with np.errstate(invalid="ignore"):
        bad = np.abs(values) > HUGE
    if not bad.any():
        rows.check_rows(data, 1)
        return
    with pytest.raises(MessageError) as raised:
        rows.check_rows(data, 1)
    assert raised.value.path == f"$.data[{int(np.argmax(bad))}][0]"


def test_a_signalling_nan_is_unknown_too():
    rows.check_rows(b"\x01\x00\x80\x7f\x01\x00\x80\xff", 1)


def test_names_that_were_refused_once_are_refused_again():
    frame = {"v": 1, "type": "frame", "emitters": ["a", "a"], "columns": ["size_m"], "data": bytes(8)}
    for _ in range(3):
        with pytest.raises(MessageError, match="twice"):
            decode_client(msgpack.packb(frame))
    for _ in range(3):
        with pytest.raises(MessageError):
            decode_client(msgpack.packb({**frame, "emitters": ["a", "b"], "columns": ["colour"]}))
