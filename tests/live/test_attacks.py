"""Bytes and values that break the rules, sent to the real server: each is refused with its code."""

import math
import struct
import time
from collections import Counter

import numpy as np
import pytest
import zmq

from hobnail.protocol.messages import Ack, Ended, ErrorMessage, Pong

from .attackers import DEADLINE_S, EVENT, MIB, eventually, figures, heard, pack, storm


def test_a_message_cut_short_anywhere_is_refused_and_counted(vandal):
    vandal.greet()
    for length in range(len(EVENT)):
        vandal.send(EVENT[:length])
    assert vandal.refusals(len(EVENT)) == {"malformed": len(EVENT)}


def test_a_message_longer_than_a_mebibyte_is_too_large_and_the_next_one_is_heard(vandal):
    vandal.greet()
    vandal.send(bytes(MIB + 1))
    assert vandal.receive().code == "too_large"
    vandal.send({"type": "ping", "t": 1})
    assert isinstance(vandal.until(Pong), Pong)


def test_a_message_longer_than_two_mebibytes_costs_its_sender_the_connection_and_its_emitters(server, decent, vandal):
    vandal.greet()
    vandal.send({"type": "emitter", "id": 1, "emitter": "giants"})
    vandal.until(Ack)
    with vandal.socket.get_monitor_socket(zmq.EVENT_DISCONNECTED) as monitor:
        vandal.send(bytes(2 * MIB + 1))
        assert monitor.poll(DEADLINE_S * 1000), "the connection was not cut"
        vandal.socket.disable_monitor()
    eventually(lambda: figures(decent, "bridge")["clients"] == 1)


def test_a_flood_of_the_costliest_messages_does_not_delay_the_others(server, decent):
    keys = [bytes((0xA3, 1 + i % 100, 1 + i // 100 % 100, 1 + i // 10_000)) + b"\x80" for i in range(200_000)]
    values = b"\xdf" + len(keys).to_bytes(4, "big") + b"".join(keys)
    costly = b"\x83" + pack({"v": 1, "type": "frame"})[1:] + pack("values") + values
    with storm(server, costly, seconds=1.0) as report:
        ended = [heard(decent, "decent-feet") for _ in range(4)]
    assert report["sent"] > 10
    assert sum(report["refused"].values()) == report["sent"]
    assert report["refused"].keys() <= {"too_large", "rate_limited"}
    late = sorted((answer.onset_ns - answer.received_ns) / 1e6 for answer in ended)
    print("latency beside costly messages, ms:", late)
    assert late[-1] < 60.0


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "malformed"),
        (b"\xc1", "malformed"),
        (b"\x80", "missing_field"),
        (EVENT + b"\xc0", "malformed"),
        (b"\x91" * 900_000, "malformed"),
        (b"\x81\xa1a" * 300_000, "malformed"),
        (b"\xdf\xff\xff\xff\xff", "malformed"),
        (b"\xc6\xff\xff\xff\xff", "malformed"),
        (b"\x82\xa4type\xa4ping\xa4type\xa3bye", "malformed"),
        (pack([1, 2, 3]), "malformed"),
        (pack({"v": 1, "type": "ping", "t": 1})[:-1] + b"\xc7\x01\x05a", "bad_type"),
        (pack({"v": 1, "type": "ping", "t": "x" * 1_000_000}), "bad_type"),
        (pack({"v": 1, "type": "emitter", "emitter": "e" * 1_000_000}), "out_of_range"),
        (pack({"v": 1, "type": "emitter", "emitter": "a", "settings": {"prompt": "p" * 1_000_000}}), "out_of_range"),
        (pack({"v": 1, "type": "y" * 1_000_000}), "unknown_type"),
        (pack({"v": 1, "type": "ping", "z" * 1_000_000: 1}), "unknown_field"),
        (pack({"v": 2, "type": "ping", "t": 1}), "version"),
    ],
    ids=lambda value: value if isinstance(value, str) else repr(value[:16]),
)
def test_what_is_no_message_of_protocol_1_is_refused_with_its_code(vandal, data, code):
    vandal.greet()
    vandal.send(data)
    error = vandal.until(ErrorMessage)
    assert error.code == code
    assert len(error.problem) + len(error.path) + len(error.cure) < 1000


@pytest.mark.parametrize("frames", [[b""], [b"", b""], [b"", EVENT], [EVENT, EVENT], [EVENT] * 50])
def test_a_message_of_several_or_empty_frames_is_refused(vandal, frames):
    vandal.greet()
    vandal.socket.send_multipart(frames)
    assert vandal.until(ErrorMessage).code == "malformed"


def numbers(value):
    """A message with ``value`` in every place where a number may stand, and the path of that place."""
    vector = {"position": [0, 0, 0], "forward": [0, 0, -1], "up": [0, 1, 0]}
    event = {"type": "event", "emitter": "v", "name": "impact"}
    for field in ("speed_m_s", "slip_m_s", "impulse_n_s", "mass_kg", "size_m", "intensity"):
        yield {**event, "contact": {field: value}}, f"$.contact.{field}"
    yield {**event, "gain_db": value}, "$.gain_db"
    yield {**event, "controls": {"pitch": value}}, "$.controls.pitch"
    for field in ("mass_kg", "size_m", "gain_db", "pan"):
        yield {"type": "emitter", "emitter": "v", "settings": {field: value}}, f"$.settings.{field}"
    yield {"type": "emitter", "emitter": "v", "settings": {"controls": {"pitch": value}}}, "$.settings.controls.pitch"
    for axis in range(3):
        place = [value if index == axis else 0.0 for index in range(3)]
        yield {"type": "emitter", "emitter": "v", "settings": {"position_m": place}}, f"$.settings.position_m[{axis}]"
        for field in vector:
            yield {"type": "listener", **vector, field: place}, f"$.{field}[{axis}]"
    yield {"type": "control", "control": "pitch", "value": value}, "$.value"
    yield {"type": "control", "control": "pitch", "plain": value}, "$.plain"
    yield {"type": "bus", "bus": "main", "gain_db": value}, "$.gain_db"
    yield {"type": "transport", "op": "locate", "position_s": value}, "$.position_s"
    yield {"type": "transport", "op": "play", "tempo_bpm": value}, "$.tempo_bpm"
    yield {"type": "hello", "client": "v", "units_per_metre": value}, "$.units_per_metre"
    if not math.isnan(value):  # in frames NaN says "unknown"
        yield {"type": "frame", "values": {"v": {"speed_m_s": value}}}, "$.values.v.speed_m_s"
        data = struct.pack("<2f", 0.0, value)
        yield {"type": "frame", "emitters": ["v"], "columns": ["size_m", "wetness"], "data": data}, "$.data[0][1]"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf], ids=str)
def test_what_is_not_a_finite_number_is_refused_wherever_it_stands(vandal, value):
    vandal.greet()
    messages, paths = zip(*numbers(value), strict=True)
    assert vandal.faults(messages) == [("not_finite", path) for path in paths]


def test_wrong_types_and_unknown_words_are_refused_with_their_path(vandal):
    vandal.greet()
    vandal.send({"type": "emitter", "emitter": "known"})
    cases = [
        ({"type": "event", "emitter": 5, "name": "impact"}, ("bad_type", "$.emitter")),
        ({"type": "event", "emitter": "known", "name": None}, ("bad_type", "$.name")),
        ({"type": "event", "emitter": "known", "name": "impact", "at": "soon"}, ("bad_type", "$.at")),
        ({"type": "event", "emitter": "known", "name": "impact", "contact": [1]}, ("bad_type", "$.contact")),
        ({"type": "event", "emitter": "known", "name": "impact", "gain_db": True}, ("bad_type", "$.gain_db")),
        ({"type": "frame", "emitters": ["known"], "data": "text"}, ("bad_type", "$.data")),
        ({"type": "frame", "emitters": ["known"], "data": b"1234"}, ("out_of_range", "$.data")),
        ({"type": "frame", "emitters": ["known", "known"], "data": bytes(96)}, ("out_of_range", "$.emitters")),
        ({"type": "listener", "position": [0, 0], "forward": [0, 0, 1], "up": [0, 1, 0]}, ("bad_type", "$.position")),
        ({"type": "dance"}, ("unknown_type", "$.type")),
        ({"type": "welcome"}, ("unknown_type", "$.type")),
        ({"type": "event", "emitter": "nobody", "name": "impact"}, ("unknown_emitter", "$.emitter")),
        ({"type": "frame", "values": {"nobody": {"size_m": 1.0}}}, ("unknown_emitter", "$.emitter")),
        ({"type": "event", "emitter": "known", "name": "dance"}, ("unknown_event", "$.name")),
        ({"type": "event", "emitter": "known", "name": "impact", "action": "start"}, ("out_of_range", "$.action")),
        ({"type": "event", "emitter": "known", "name": "rain", "action": "stop"}, ("not_running", "$.action")),
        ({"type": "control", "control": "charm", "value": 0.5}, ("unknown_control", "$.control")),
        ({"type": "emitter", "emitter": "e", "settings": {"engine": "steam"}}, ("unknown_engine", "$.settings.engine")),
        ({"type": "emitter", "emitter": "e", "settings": {"bus": "red"}}, ("unknown_bus", "$.settings.bus")),
        ({"type": "bus", "bus": "red", "gain_db": 0.0}, ("unknown_bus", "$.bus")),
        ({"type": "event", "emitter": "decent-feet", "name": "footstep"}, ("not_owner", "$.emitter")),
        ({"type": "emitter", "emitter": "decent-feet"}, ("emitter_taken", "$.emitter")),
        ({"type": "emitter", "emitter": "decent-feet", "op": "remove"}, ("not_owner", "$.emitter")),
    ]
    assert vandal.faults(message for message, _ in cases) == [fault for _, fault in cases]


def test_an_emitter_with_an_impossible_id_is_refused(vandal):
    names = ["", " ", "a\n", "a\x00b", "\x1b[31m", "Füße", "足音", "e" * 65, " a", "a ", "mix", "a\u202eb"]
    vandal.greet()
    faults = vandal.faults({"type": "emitter", "emitter": name} for name in names)
    assert faults == [("out_of_range", "$.emitter")] * len(names)


def test_an_emitter_with_an_odd_but_possible_id_sounds(vandal):
    names = ["pcm/mix", "../../etc/passwd", "-", "mix2", "null", "a/b(c):d.e", "e" * 64]
    vandal.greet(want=["voices"])
    for name in names:
        vandal.send({"type": "emitter", "emitter": name})
        vandal.send({"type": "event", "emitter": name, "name": "impact", "contact": {"speed_m_s": 3.0}})
    ended = [vandal.until(Ended) for _ in names]
    assert {answer.emitter for answer in ended} == set(names)
    assert all(answer.onset is not None for answer in ended)


def test_frames_from_never_and_frames_long_past_are_refused_or_sound_at_once(vandal):
    vandal.greet(want=["voices"])
    vandal.send({"type": "emitter", "emitter": "timeless"})
    event = {"type": "event", "emitter": "timeless", "name": "impact", "contact": {"speed_m_s": 3.0}}
    assert vandal.faults([{**event, "at": at} for at in (-1, -(10**18), 10**18, 2**62, 10**9, 2**63)]) == [
        *[("out_of_range", "$.at")] * 6,
    ]
    vandal.send({**event, "at": 0})
    assert vandal.until(Ended).onset is not None


def test_a_storm_of_events_for_a_far_future_is_refused_and_one_for_a_far_past_is_limited(vandal):
    vandal.greet()
    vandal.send({"type": "emitter", "emitter": "storm"})
    event = {"type": "event", "emitter": "storm", "name": "impact"}
    for number in range(1000):
        vandal.send({**event, "at": 0 if number % 2 else 10**18})
    codes = Counter()
    vandal.send({"type": "ping", "t": 1})
    vandal.until(Pong)
    deadline = time.monotonic() + DEADLINE_S
    while codes.total() < 600 and time.monotonic() < deadline:
        error = vandal.until(ErrorMessage)
        codes[error.code] += error.count
    assert codes["rate_limited"] > 0
    assert codes.keys() <= {"rate_limited", "out_of_range", "busy"}


def test_an_emitter_at_the_end_of_the_world_does_not_stop_the_session(vandal):
    far = {"position_x_m": 1e9, "position_y_m": -1e9, "position_z_m": 1e9}
    vandal.greet(units_per_metre=1e-6, want=["voices"])
    vandal.send({"type": "emitter", "id": 1, "emitter": "far", "settings": {"position_m": [1e9, 1e9, 1e9]}})
    assert isinstance(vandal.receive(), Ack)
    vandal.send({"type": "frame", "id": 2, "values": {"far": far}})
    assert isinstance(vandal.receive(), Ack)
    vandal.send({"type": "listener", "id": 3, "position": [-1e9] * 3, "forward": [0, 0, 1e9], "up": [1e-9, 1e9, 0]})
    assert isinstance(vandal.receive(), Ack)
    vandal.send({"type": "event", "emitter": "far", "name": "impact"})
    vandal.until(Ended)
    vandal.send({"type": "listener", "position": [0, 0, 0], "forward": [0, 0, -1], "up": [0, 1, 0]})
    vandal.send({"type": "bye", "id": 4})
    vandal.until(Ack)


def test_everything_at_its_extreme_stays_within_full_scale(decent, vandal):
    welcome = vandal.greet(units_per_metre=1e-6, want=["voices"])
    controls = {control.id: 1.0 for control in welcome.controls}
    loud = {"mass_kg": 1e9, "size_m": 1e9, "gain_db": 24.0, "controls": controls, "priority": 0}
    hard = {"speed_m_s": 1e9, "slip_m_s": 1e9, "impulse_n_s": 1e9, "mass_kg": 1e9, "size_m": 1e9, "intensity": 1.0}
    tiny = {"speed_m_s": 0.0, "slip_m_s": 0.0, "impulse_n_s": 0.0, "mass_kg": 1e-9, "size_m": 1e-9, "intensity": 0.0}
    (engine,) = [engine for engine in welcome.engines if engine.id == welcome.engine]
    vandal.send({"type": "bus", "bus": "main", "gain_db": 24.0})
    vandal.send({"type": "emitter", "emitter": "loud", "settings": loud})
    expected = 0
    with decent.audio("mix") as audio:
        assert audio.read(DEADLINE_S) is not None
        for event in engine.events:
            action = "start" if event.kind == "sustained" else "trigger"
            for contact in (hard, tiny):
                vandal.send(
                    {"type": "event", "emitter": "loud", "name": event.name, "action": action, "gain_db": 24.0}
                    | {"contact": contact, "controls": controls}
                )
                expected += action == "trigger"
        sound = np.concatenate([audio.read(DEADLINE_S).samples for _ in range(100)])
    vandal.send({"type": "bus", "bus": "main", "gain_db": 0.0})
    for _ in range(expected):
        assert vandal.until(Ended).reason in ("finished", "stolen")
    assert figures(decent).voices_failed == 0
    assert np.isfinite(sound).all()
    assert 0.1 < np.abs(sound).max() <= 1.0
    vandal.send({"type": "bye", "id": 1})
    vandal.until(Ack)
