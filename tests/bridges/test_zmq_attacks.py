"""Bad input and bad manners: a clear error or a counter, and everyone else unharmed."""

import socket
import struct

import msgspec
import pytest

from hobnail.commands import ClientLeft, Panic, PutEmitter, SetFeatures, TriggerEvent
from hobnail.errors import BridgeError
from hobnail.metrics import Metrics
from hobnail.notices import MetricsNotice
from hobnail.protocol import Ack, ErrorMessage, EventMessage, Pong, encode
from hobnail_bridges.zmq.config import Limits, ZmqConfig
from hobnail_bridges.zmq.server import ZmqBridge

from .conftest import FREE_PORTS
from .fake_port import AnsweringPort

PING = {"type": "ping", "t": 1}
EVENT = encode(EventMessage(v=1, emitter="a", name="impact"))
INF = struct.pack("<f", float("inf"))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (EVENT[:-3], "malformed"),
        (EVENT + b"\x00", "malformed"),
        (b"", "malformed"),
        (b"\xc1", "malformed"),
        (b"\x91" * 100_000, "malformed"),
        (b"\xdf\xff\xff\xff\xff", "malformed"),
        (bytes(1_100_000), "too_large"),
        ({"type": "dance"}, "unknown_type"),
        ({"type": "event", "emitter": 5, "name": "impact"}, "bad_type"),
        ({"type": "event", "emitter": "a", "name": "impact", "gain_db": float("nan")}, "not_finite"),
        ({"type": "frame", "emitters": ["a"], "columns": ["size_m"], "data": INF}, "not_finite"),
        ({"type": "event", "v": 2}, "version"),
    ],
)
def test_a_bad_message_gets_its_code_and_the_next_one_is_heard(house, data, code):
    peer = house.peer()
    peer.greet()
    peer.send(data)
    assert peer.until(ErrorMessage).code == code
    peer.send(PING)
    assert isinstance(peer.receive(), Pong)


def test_a_refused_message_names_its_request_even_when_the_rest_is_wrong(house):
    peer = house.peer()
    peer.greet()
    peer.send({"type": "event", "id": 77, "emitter": "a", "nmae": "impact"})
    error = peer.receive()
    assert (error.code, error.path, error.re) == ("unknown_field", "$.nmae", 77)


def test_a_message_far_too_long_costs_only_its_sender_the_connection(house):
    bystander, giant = house.peer(), house.peer()
    bystander.greet("bystander")
    giant.greet("giant")
    giant.send(bytes(8 << 20))
    bystander.send(PING)
    assert isinstance(bystander.receive(), Pong)


def test_an_empty_frame_before_the_message_is_explained(house):
    peer = house.peer()
    peer.greet()
    peer.socket.send_multipart([b"", msgspec.msgpack.encode({"v": 1, **PING})])
    error = peer.receive()
    assert error.code == "malformed"
    assert "DEALER" in error.cure


def test_a_flood_of_events_is_cut_and_leaves_the_others_their_turn(make_house, eventually):
    house = make_house(limits=Limits(events_per_s=400, events_burst=400))
    flooder, other = house.peer(), house.peer()
    flooder.greet("flooder")
    other.greet("other")
    flooder.send({"type": "emitter", "emitter": "a"})
    for _ in range(5_000):
        flooder.socket.send(EVENT)
    other.send({"type": "emitter", "emitter": "b"})
    other.send({"type": "event", "id": 1, "emitter": "b", "name": "impact"})
    assert isinstance(other.until(Ack), Ack)
    limited = 0
    while limited < 4_000:
        error = flooder.until(ErrorMessage)
        assert error.code == "rate_limited"
        limited += error.count
    taken = len([event for event in house.port.of(TriggerEvent) if event.emitter == "a"])
    assert 400 <= taken < 1_000
    eventually(lambda: len(house.port.of(TriggerEvent)) == taken + 1)


def test_more_errors_than_the_budget_come_together_with_a_count(make_house):
    house = make_house(limits=Limits(errors_per_s=5))
    peer = house.peer()
    peer.greet()
    for _ in range(100):
        peer.send({"type": "dance"})
    counts = []
    while sum(counts) < 100:
        counts.append(peer.until(ErrorMessage).count)
    assert counts[:5] == [1] * 5
    assert len(counts) < 30


def test_messages_beyond_the_limit_are_refused_unread(make_house):
    house = make_house(limits=Limits(messages_per_s=20))
    peer = house.peer()
    peer.greet()
    for _ in range(40):
        peer.send(PING)
    error = peer.until(ErrorMessage)
    assert error.code == "rate_limited"
    assert "messages" in error.problem


def test_of_frames_in_a_row_only_the_newest_is_used_and_order_is_kept(house, eventually):
    peer = house.peer()
    peer.greet()
    peer.send({"type": "emitter", "emitter": "a"})
    for tick in range(2_000):
        data = struct.pack("<f", tick)
        peer.send({"type": "frame", "emitters": ["a"], "columns": ["speed_m_s"], "data": data})
    peer.send({"type": "event", "id": 1, "emitter": "a", "name": "impact"})
    peer.until(Ack)
    commands = house.port.commands
    frames = house.port.of(SetFeatures)
    assert len(frames) < 1_000
    assert isinstance(commands[0], PutEmitter)
    assert isinstance(commands[-1], TriggerEvent)
    assert commands[-2] is frames[-1]
    assert struct.unpack("<f", frames[-1].values) == (1_999.0,)


def test_a_frame_that_asks_for_an_answer_is_never_left_out(house):
    peer = house.peer()
    peer.greet()
    for request in range(50):
        peer.send({"type": "frame", "id": request, "values": {"a": {"speed_m_s": 1.0}}})
    assert [peer.until(Ack).re for _ in range(50)] == list(range(50))


def test_a_full_session_queue_says_busy_for_events_and_still_takes_the_panic(make_house, eventually):
    port = AnsweringPort(room=1)
    house = make_house(port)
    peer = house.peer()
    peer.greet()
    peer.send({"type": "emitter", "emitter": "a"})
    peer.send({"type": "event", "id": 1, "emitter": "a", "name": "impact"})
    assert (error := peer.until(ErrorMessage)).code == "busy"
    assert error.re == 1
    peer.send({"type": "panic"})
    peer.send(PING)
    peer.until(Pong)
    port._room = None
    eventually(lambda: port.of(Panic))


def test_a_client_that_never_reads_loses_its_replies_and_holds_nobody_up(make_house):
    house = make_house(limits=Limits(replies_waiting=10, messages_per_s=1_000_000))
    figures = house.subscribe("telemetry", b"bridge")
    deaf, other = house.peer(), house.peer()
    deaf.greet("deaf")
    other.greet("other")
    ping = msgspec.msgpack.encode({"v": 1, "type": "ping", "t": 1, "id": (1 << 63) - 1})
    dropped = 0
    while dropped == 0:  # the systems' own buffers fill first
        for _ in range(2_000):
            deaf.socket.send(ping)
        other.send(PING)
        assert isinstance(other.receive(), Pong)
        house.port.deliver(MetricsNotice(metrics=Metrics()))
        while figures.poll(10):
            dropped = msgspec.msgpack.decode(figures.recv_multipart()[1])["replies_dropped"]


def test_a_connection_cut_in_the_middle_of_a_message_is_forgotten(house, eventually):
    host, port = house.control.removeprefix("tcp://").split(":")
    with socket.create_connection((host, int(port))) as wire:
        wire.sendall(b"\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f\x03\x00NULL" + bytes(48))  # a ZMTP 3.0 greeting
        wire.sendall(b"\x04\x26\x05READY\x0bSocket-Type\x00\x00\x00\x06DEALER")
        wire.sendall(b"\x02\x00\x00\x00\x00\x00\x00\x10\x00half a message")
    peer = house.peer()
    peer.greet()
    peer.send(PING)
    assert isinstance(peer.receive(), Pong)


def test_noise_on_the_port_harms_nobody(house):
    host, port = house.control.removeprefix("tcp://").split(":")
    with socket.create_connection((host, int(port))) as wire:
        wire.sendall(b"GET / HTTP/1.1\r\n\r\n" * 100)
        assert house.peer().greet() is not None


def test_a_restarted_client_takes_its_old_connection_over(house, eventually):
    old = house.peer(b"engine-1")
    old.greet("engine")
    new = house.peer(b"engine-1")
    assert new.greet("engine").client == "engine"
    eventually(lambda: house.port.of(ClientLeft) == [ClientLeft(client=1)])


def test_the_house_can_be_full(make_house):
    house = make_house(limits=Limits(clients=2))
    assert [type(house.peer().greet()).__name__ for _ in range(3)] == ["Welcome", "Welcome", "ErrorMessage"]


def test_hello_does_not_refill_a_spent_budget(make_house):
    house = make_house(limits=Limits(events_burst=3, events_per_s=1))
    peer = house.peer()
    codes = []
    for _ in range(3):
        peer.greet()
        peer.send({"type": "emitter", "id": 0, "emitter": "a"})
        peer.until(Ack)
        for request in (1, 2):
            peer.send({"type": "event", "id": request, "emitter": "a", "name": "impact"})
            codes.append(getattr(peer.receive(), "code", "ok"))
    assert codes == ["ok", "ok", "ok", "rate_limited", "rate_limited", "rate_limited"]


@pytest.mark.parametrize("name", ["control", "audio", "telemetry"])
def test_a_port_in_use_fails_once_and_names_port_and_option(house, name):
    taken = int(house.addresses[name].rsplit(":", 1)[1])
    config = msgspec.structs.replace(FREE_PORTS, **{f"{name}_port": taken})
    with pytest.raises(BridgeError, match=rf"Port {taken} .*--{name}-port"):
        ZmqBridge(config).open(AnsweringPort())


def test_an_address_of_another_machine_is_refused_with_a_cure():
    with pytest.raises(BridgeError, match="without keys would let anyone in"):
        ZmqBridge(ZmqConfig(host="0.0.0.0", control_port=0)).open(AnsweringPort())
