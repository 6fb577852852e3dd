"""Frames through the native desk: whatever comes, the session and the clients are told the same as without it."""

import random

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hobnail.commands import SetFeatures, packed
from hobnail.protocol import MAX_MESSAGE_BYTES, Bye, ControlMessage, FrameMessage, Hello, Ping, encode
from hobnail.scene import SCENE_FEATURES
from hobnail.testing import FakePort
from hobnail_bridges.zmq.config import Limits, ZmqConfig
from hobnail_bridges.zmq.counters import Counters
from hobnail_bridges.zmq.intake import Intake
from hobnail_native import TokenBucket, Turnstile

PEER = b"peer"
START_NS = 1 << 40
MS = 1_000_000
TYPE = b"\xa4type\xa5frame"


class ListeningPort(FakePort):
    """Writes down what it is given, byte for byte."""

    def __init__(self):
        super().__init__()
        self.heard: list[bytes] = []

    def submit(self, command):
        self.heard.append(packed(command))
        return True

    def submit_frames(self, frames):
        self.heard += frames
        return len(frames)


class Desk:
    """A bridge without sockets, and what it said and passed on."""

    def __init__(self, *, native, **limits):
        self.native = native
        self.now_ns = START_NS
        self.port = ListeningPort()
        self.said: list = []
        self.counters = Counters()
        config = ZmqConfig(limits=Limits(**limits))
        post = lambda route, message: self.said.append((route, message))  # noqa: E731
        self.intake = Intake(self.port, config, (1, 2, 3), post, lambda: self.now_ns, self.counters)
        self.quick = 0

    def take(self, data, routing_id=PEER):
        """As the socket's thread does it."""
        if self.native and self.intake.take_frame(routing_id, "", data, self.now_ns):
            self.quick += 1
        else:
            self.intake.take([routing_id, data], "", self.now_ns)

    def wait(self, ns):
        self.intake.end_round()
        self.now_ns += ns
        self.intake.tick()

    @property
    def outcome(self):
        return self.port.heard, self.said, msgspec.structs.asdict(self.counters)


def hello(**units):
    return encode(Hello(v=1, client="game", **units))


def frame(rows, emitters=("crate", "boots"), columns=("speed_m_s", "position_z_m"), **fields):
    return encode(FrameMessage(v=1, emitters=emitters, columns=columns, data=rows, **fields))


def rows_of(*numbers):
    return np.array(numbers, "<f4").tobytes()


SPECIAL = (rows_of(np.nan), rows_of(np.inf), rows_of(2e9), rows_of(-1e9), rows_of(1e-45), b"\x01\x00\x80\xff")
NAMES = (("crate",), ("crate", "boots"), ("ädataĀ", "dada"))  # the text of the second last holds the key of the rows
COLUMNS = (None, ("speed_m_s",), ("position_x_m", "contact_area_m2", "position_z_m"))
FIELDS = ({}, {}, {}, {}, {"seq": 3}, {"seq": 70_000}, {"at": 48_000}, {"id": 9})


def some_units(chance):
    return {
        "units_per_metre": chance.choice([0.01, 1.0, 1.0, 39.37, 100.0]),
        "up": chance.choice("yz"),
        "handedness": chance.choice(["left", "right"]),
    }


def some_frame(chance):
    """A frame message's bytes, of so few names that heads come again, and now and then damaged."""
    emitters, columns, fields = chance.choice(NAMES), chance.choice(COLUMNS), chance.choice(FIELDS)
    if chance.random() < 0.1:
        values = {emitter: {"speed_m_s": chance.uniform(-1, 1)} for emitter in emitters}
        return encode(FrameMessage(v=1, values=values, **fields))
    count = len(emitters) * len(columns or SCENE_FEATURES)
    numbers = [rows_of(chance.uniform(-100, 100)) for _ in range(count)]
    if chance.random() < 0.3:
        numbers[chance.randrange(count)] = chance.choice(SPECIAL)
    data = frame(b"".join(numbers), emitters, columns, **fields)
    if chance.random() < 0.3 and data[1:].startswith(TYPE):  # as our C++ client writes it
        data = data[:1] + data[1 + len(TYPE) :] + TYPE
    damage = chance.random()
    if damage < 0.03:
        return data[: chance.randrange(len(data))]
    if damage < 0.06:
        at = chance.randrange(len(data))
        return data[:at] + chance.randbytes(chance.randrange(4)) + data[at + chance.randrange(3) :]
    return data


def some_steps(chance):
    """What a client sends (bytes), and the time that goes by (ns)."""
    for _ in range(chance.randrange(400)):
        kind = chance.random()
        if kind < 0.01:  # goes, and is mostly back at once, with other axes; or comes again without a word
            yield from chance.choice([[encode(Bye(v=1))], []])
            yield chance.choice([hello(**some_units(chance)), some_frame(chance)])
        elif kind < 0.03:
            yield chance.choice([encode(ControlMessage(v=1, control="pitch", value=0.5)), encode(Ping(v=1, t=1))])
        else:
            yield chance.randrange(6 * MS) if kind < 0.3 else some_frame(chance)


@settings(deadline=None)
@given(st.integers(0, 1 << 32), st.sampled_from([20_000, 20_000, 30]), st.sampled_from([MAX_MESSAGE_BYTES, 8 << 20]))
def test_session_and_client_are_told_the_same_as_without_it(seed, messages_per_s, bytes_per_s):
    quick, slow = (
        Desk(native=native, messages_per_s=messages_per_s, bytes_per_s=bytes_per_s) for native in (True, False)
    )
    chance = random.Random(seed)
    first, steps = hello(**some_units(chance)), list(some_steps(chance))
    for desk in (quick, slow):
        desk.take(first)
        for step in steps:
            desk.wait(step) if isinstance(step, int) else desk.take(step)
        desk.wait(10 * MS)
    assert quick.outcome == slow.outcome


@pytest.mark.parametrize("units", [{}, {"units_per_metre": 100.0, "up": "z", "handedness": "left"}])
def test_a_frame_of_known_names_takes_the_short_way(units):
    quick, slow = Desk(native=True), Desk(native=False)
    for desk in (quick, slow):
        desk.take(hello(**units))
        for tick in range(10):
            desk.take(frame(rows_of(tick, 1, 2, np.nan), seq=tick))
            desk.wait(5 * MS)
    assert quick.outcome == slow.outcome
    assert quick.quick == 9
    sent = [msgspec.msgpack.decode(data, type=SetFeatures) for data in quick.port.heard]
    assert [command.received_ns for command in sent] == [START_NS + 5 * MS * tick for tick in range(10)]
    assert quick.counters.messages == 11


def test_of_a_clients_frames_only_the_newest_leave_and_only_when_due():
    desk = Desk(native=True, frames_per_s=250)
    desk.take(hello())
    for tick in range(6):
        desk.take(frame(rows_of(tick, 0, 0, 0)))
        desk.take(frame(rows_of(tick, 0), ("door",)))
        desk.wait(2 * MS)
    speeds = [np.frombuffer(command.values, "<f4")[0] for command in sent_by(desk) if "crate" in command.emitters]
    assert speeds == [0, 1, 3, 5]
    assert desk.counters.frames_superseded == 4
    desk.wait(10 * MS)
    assert [command.emitters for command in sent_by(desk)[-2:]] == [("crate", "boots"), ("door",)]


def test_frames_of_other_emitters_or_columns_do_not_replace_each_other():
    desk = Desk(native=True)
    desk.take(hello())
    desk.wait(10 * MS)
    first = [
        frame(rows_of(1), ("a",), ("size_m",)),
        frame(rows_of(1), ("b",), ("size_m",)),
        frame(rows_of(1), ("a",), ("wetness",)),
        encode(FrameMessage(v=1, values={"a": {"size_m": 1.0}})),
    ]
    for data in (*first, first[0]):
        desk.take(data)
    assert desk.quick == 1
    desk.wait(0)
    got = [(command.emitters, command.columns) for command in sent_by(desk)]
    assert got == [(("b",), ("size_m",)), (("a",), ("wetness",)), (("a",), ("size_m",)), (("a",), ("size_m",))]


def test_what_follows_a_frame_reaches_the_session_after_it():
    desk = Desk(native=True)
    desk.take(hello())
    for speed in (1, 2):
        desk.take(frame(rows_of(speed, 0, 0, 0)))
    desk.take(encode(ControlMessage(v=1, control="pitch", value=0.5)))
    assert [msgspec.msgpack.decode(data)["do"] for data in desk.port.heard] == ["features", "control"]


def test_while_someone_watches_every_frame_is_shown():
    desk = Desk(native=True)
    desk.take(hello())
    desk.take(frame(rows_of(1, 0, 0, 0)))
    desk.port.watch.turn(on=True)
    for _ in range(3):
        desk.take(frame(rows_of(2, 0, 0, 0)))
    assert desk.quick == 0
    assert [seen.data for seen in desk.port.watch.take()] == 3 * [frame(rows_of(2, 0, 0, 0))]
    desk.port.watch.turn(on=False)
    desk.take(frame(rows_of(3, 0, 0, 0)))
    assert desk.quick == 1


def test_a_client_that_sends_frames_alone_is_not_silent():
    desk = Desk(native=True)
    desk.take(hello())
    for _ in range(100):
        desk.take(frame(rows_of(1, 0, 0, 0)))
        desk.wait(200 * MS)
    assert desk.counters.clients == 1
    assert desk.counters.clients_timed_out == 0
    desk.wait(400 * MS)
    for _ in range(20):
        desk.wait(400 * MS)
    assert desk.counters.clients_timed_out == 1


def test_frames_that_take_the_short_way_make_a_crowd_too():
    desk = Desk(native=True)
    desk.take(hello())
    desk.wait(20 * MS)
    for frames, crowded in ((19, False), (20, True), (0, False)):
        for _ in range(frames):
            desk.take(frame(rows_of(1, 0, 0, 0)))
        desk.wait(20 * MS)
        assert desk.intake.crowded is crowded
    assert desk.quick == 38


def test_the_same_routing_id_with_another_key_is_another_client():
    desk = Desk(native=True)
    desk.intake.take([PEER, hello()], "k" * 40, desk.now_ns)
    desk.intake.take([PEER, frame(rows_of(1, 0, 0, 0))], "k" * 40, desk.now_ns)
    assert desk.intake.take_frame(PEER, "k" * 40, frame(rows_of(2, 0, 0, 0)), desk.now_ns)
    assert not desk.intake.take_frame(PEER, "j" * 40, frame(rows_of(2, 0, 0, 0)), desk.now_ns)
    assert not desk.intake.take_frame(PEER, "", frame(rows_of(2, 0, 0, 0)), desk.now_ns)


def test_a_turnstile_gives_a_seconds_worth_and_then_its_rate():
    turnstile = Turnstile(2, 100, 0)
    assert [turnstile.take_message(0) for _ in range(3)] == [True, True, False]
    assert [turnstile.take_bytes(0, 60) for _ in range(2)] == [True, False]
    assert turnstile.take_bytes(0, 40)


@given(st.floats(0.1, 1e6), st.floats(1, 1e6), st.lists(st.tuples(st.integers(0, 10**10), st.floats(0, 100))))
def test_a_bucket_never_gives_more_than_burst_and_rate_allow(per_s, burst, wishes):
    bucket, now_ns, given_ = TokenBucket(per_s, burst, 0), 0, 0.0
    for passed_ns, amount in wishes:
        now_ns += passed_ns
        given_ += amount if bucket.take(now_ns, amount) else 0
        assert given_ <= (burst + per_s * now_ns / 1e9) * (1 + 1e-9)


def sent_by(desk):
    return [msgspec.msgpack.decode(data, type=SetFeatures) for data in desk.port.heard]
