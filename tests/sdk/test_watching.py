"""What comes to a door can be watched: nothing when off, bounded when on, faults never hidden, a line whatever came."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hobnail.errors import MessageError
from hobnail.monitoring import fault_of, kind_of, line_of
from hobnail.watching import FAULTS_PER_TENTH, MESSAGES_PER_TENTH, SEEN_BYTES, Fault, Seen, Watch

REFUSAL = MessageError("out_of_range", "Too loud.", path="$.gain_db", cure="Send less.")
MS = 1_000_000


def seen(data=b"\x80", ns=0, **more):
    return Seen(door="zmq", client="game", ns=ns, size=len(data), data=data, **more)


def packed(**fields):
    return seen(msgspec.msgpack.encode({"v": 1, **fields}))


@pytest.fixture
def watch():
    watch = Watch()
    watch.turn(on=True)
    return watch


def test_while_nobody_watches_nothing_is_kept():
    watch = Watch()
    watch.saw(seen(), REFUSAL)
    assert watch.take() == []


def test_a_message_is_taken_once_with_its_fault(watch):
    watch.saw(seen())
    watch.saw(seen(), REFUSAL)
    first, second = watch.take()
    assert first.fault is None
    assert second.fault == Fault(code="out_of_range", path="$.gain_db", problem="Too loud.", cure="Send less.")
    assert watch.take() == []


def test_a_flood_is_bounded_counted_and_cannot_hide_a_fault(watch):
    for number in range(5000):
        watch.saw(seen(ns=number))
    watch.saw(seen(ns=5000), REFUSAL)
    shown = watch.take()
    assert len(shown) == MESSAGES_PER_TENTH + 1
    assert shown[-1].fault is not None
    assert sum(one.missed for one in shown) == 5000 - MESSAGES_PER_TENTH


def test_a_flood_of_faults_is_bounded_too(watch):
    for number in range(5000):
        watch.saw(seen(ns=number), REFUSAL)
    watch.saw(seen(ns=100 * MS), REFUSAL)  # the next tenth
    assert len(watch.take()) == FAULTS_PER_TENTH + 1


def test_a_monitor_that_takes_nothing_costs_no_memory(watch):
    for number in range(100_000):
        watch.saw(seen(ns=number * MS))
    assert len(watch.take()) == 4 * (MESSAGES_PER_TENTH + FAULTS_PER_TENTH)


def test_of_a_long_message_the_beginning_is_kept(watch):
    watch.saw(seen(b"x" * 100_000))
    (one,) = watch.take()
    assert (one.size, len(one.data)) == (100_000, SEEN_BYTES)


def test_turning_it_off_forgets(watch):
    watch.saw(seen())
    watch.turn(on=False)
    watch.saw(seen())
    assert watch.take() == []


@pytest.mark.parametrize(
    ("one", "kind", "line"),
    [
        (
            packed(type="event", emitter="feet", name="footstep", contact={"material": "gravel", "speed_m_s": 1.4}),
            "event",
            "type=event emitter=feet name=footstep contact=(material=gravel speed_m_s=1.4)",
        ),
        (packed(type="emitter", settings={"prompt": "leather boots"}), "emitter", "settings=(prompt='leather boots')"),
        (packed(type="frame", emitters=["a"], columns=["speed_m_s", "size_m"], data=b"\0\0\xc0\x3f\0\0\xc0\x7f"),
         "frame", "a(speed_m_s=1.5)"),
        (packed(type="frame", emitters=["a"], data=b"123"), "frame", "data=3 bytes"),
        (packed(type=7), "?", ""),
        (seen(b"\xc1\x00"), "?", "c1 00"),
        (seen(b"x" * 5000), "?", "5000 bytes: 78"),
        (Seen(door="midi", client="Keys", ns=0, text="NoteOn(60)"), "midi", "NoteOn(60)"),
        (Seen(door="zmq", client="game", ns=0, re=5), "refused", "re=5"),
    ],
)  # fmt: skip
def test_each_message_has_a_kind_and_a_line(one, kind, line):
    assert kind_of(one) == kind
    assert line.removeprefix("type=event ") in line_of(one)


def test_a_fault_is_told_with_its_place_and_its_cure():
    fault = Fault(code="out_of_range", path="$.gain_db", problem="Too loud.", cure="Send less.")
    assert fault_of(seen(fault=fault)) == "out_of_range at $.gain_db: Too loud. Send less."
    assert fault_of(seen()) == ""


NUMBERS = st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats()
VALUES = st.recursive(
    st.none() | NUMBERS | st.text(max_size=8) | st.binary(max_size=9),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=5) | st.integers(0, 9), inner, max_size=3),
    max_leaves=12,
)  # fmt: skip


@given(st.one_of(st.binary(max_size=60), VALUES.map(msgspec.msgpack.encode), st.dictionaries(
    st.sampled_from(["type", "emitters", "columns", "data", "values", "at"]), VALUES).map(
        lambda fields: msgspec.msgpack.encode({**fields, "type": "frame"}))))  # fmt: skip
def test_whatever_the_bytes_there_is_one_printable_line(data):
    one = seen(data)
    for text in (kind_of(one), line_of(one)):
        assert text.isprintable()
        assert len(text) <= 400
