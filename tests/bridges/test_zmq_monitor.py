"""The telemetry topic ``monitor``: only while somebody asks for it, only on loopback, and the sound does not mind."""

import msgspec
import pytest

from hobnail.protocol import BusMessage, EmitterMessage, EventMessage, Hello
from hobnail.watching import Seen
from hobnail_bridges.zmq.counters import Counters
from hobnail_bridges.zmq.telemetry import Telemetry

from .fake_port import AnsweringPort


def monitored(house, eventually):
    """A subscription that has reached the bridge."""
    socket = house.subscribe("telemetry", b"monitor")
    eventually(lambda: house.port.watch.on)
    return socket


def read(socket, timeout_ms=3000):
    assert socket.poll(timeout_ms), "nothing came"
    topic, data = socket.recv_multipart()
    assert topic == b"monitor"
    return msgspec.msgpack.decode(data, type=Seen)


def test_messages_are_shown_as_they_came_with_their_senders_units(house, eventually):
    socket = monitored(house, eventually)
    peer = house.peer()
    peer.greet("unreal", units_per_metre=100.0)
    hello = read(socket)
    assert (hello.door, hello.client, hello.units_per_metre) == ("zmq", "unreal", 100.0)
    assert msgspec.msgpack.decode(hello.data)["type"] == "hello"
    peer.send(EmitterMessage(v=1, emitter="feet"))
    assert msgspec.msgpack.decode(read(socket).data)["emitter"] == "feet"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (b"\xc1", "malformed"),
        ({"type": "event", "emitter": "a", "nam": "b"}, "unknown_field"),
        (BusMessage(v=1, bus="main", gain_db=99.0), "out_of_range"),
    ],
)
def test_what_is_refused_at_the_door_is_shown_with_its_fault(house, eventually, message, code):
    socket = monitored(house, eventually)
    peer = house.peer()
    peer.greet()
    read(socket)
    peer.send(message)
    seen = read(socket)
    assert (seen.client, seen.fault.code) == ("peer", code)
    assert seen.fault.problem
    assert seen.data


def test_strangers_and_refusals_by_the_session_are_shown(house, eventually):
    socket = monitored(house, eventually)
    peer = house.peer()
    peer.send({"type": "panic"})
    assert (read(socket).fault.code, peer.receive().code) == ("not_greeted", "not_greeted")
    peer.greet()
    read(socket)
    peer.send(EventMessage(v=1, id=9, emitter="nobody", name="impact"))
    shown = [read(socket), read(socket)]
    (refusal,) = [seen for seen in shown if seen.fault is not None]
    assert (refusal.fault.code, refusal.re, refusal.data) == ("unknown_emitter", 9, b"")


def test_when_the_last_monitor_leaves_nothing_is_watched(house, eventually):
    socket = monitored(house, eventually)
    socket.close()
    eventually(lambda: not house.port.watch.on)


def test_a_subscription_to_everything_or_to_others_watches_nothing(house, eventually):
    house.subscribe("telemetry", b"")
    house.subscribe("telemetry", b"voices")
    peer = house.peer()
    peer.greet()
    for _ in range(3):
        peer.send(Hello(v=1, client="peer"))
        peer.receive()
    assert not house.port.watch.on


def test_a_bridge_beyond_this_machine_shows_nothing():
    class Asked:
        """A telemetry socket on which somebody has just subscribed."""

        def __init__(self):
            self.waiting = [b"\x01monitor"]

        def recv(self, _flags):
            import zmq

            if not self.waiting:
                raise zmq.Again
            return self.waiting.pop()

    for allowed in (True, False):
        port = AnsweringPort()
        telemetry = Telemetry(port, Asked(), Counters(), lambda _: None, monitored=allowed)
        telemetry._take_subscriptions()
        assert port.watch.on is allowed
