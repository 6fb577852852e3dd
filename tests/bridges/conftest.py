"""A running ZeroMQ bridge on free ports, and raw clients that may misbehave."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack

import msgspec
import pytest
import zmq

from hobnail.protocol import Hello, decode_server, encode
from hobnail_bridges.zmq.config import Limits, ZmqConfig
from hobnail_bridges.zmq.server import ZmqBridge

from .fake_port import AnsweringPort
from .osc_house import make_osc, osc

FREE_PORTS = ZmqConfig(control_port=0, audio_port=0, telemetry_port=0)


class Peer:
    """A client by hand: sends whatever bytes, reads whatever comes."""

    def __init__(self, context: zmq.Context, address: str, routing_id: bytes | None = None, keys=None) -> None:
        self.socket = context.socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        if routing_id is not None:
            self.socket.setsockopt(zmq.ROUTING_ID, routing_id)
        if keys is not None:
            keys.apply(self.socket)
        self.socket.connect(address)

    def send(self, message) -> None:
        """A message, raw bytes, or a dict."""
        if isinstance(message, dict):
            message = msgspec.msgpack.encode({"v": 1, **message})
        self.socket.send(message if isinstance(message, bytes) else encode(message))

    def receive(self, timeout_s: float = 3.0):
        """The next reply; None when none comes."""
        return decode_server(self.socket.recv()) if self.socket.poll(timeout_s * 1000) else None

    def until(self, kind: type, timeout_s: float = 3.0):
        """The next reply of a kind; others are passed over."""
        deadline = time.monotonic() + timeout_s
        while (left := deadline - time.monotonic()) > 0:
            reply = self.receive(left)
            if isinstance(reply, kind):
                return reply
        raise AssertionError(f"no {kind.__name__} came")

    def greet(self, name: str = "peer", **options):
        """Say hello; the welcome."""
        self.send(Hello(v=1, client=name, **options))
        return self.receive()


class House:
    """A bridge that runs on a thread, over a port that answers."""

    def __init__(self, config: ZmqConfig, port: AnsweringPort) -> None:
        self.port = port
        self.bridge = ZmqBridge(config)
        self.addresses = self.bridge.open(port)
        self.error: BaseException | None = None
        self._context = zmq.Context()
        self._sockets: list[zmq.Socket] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def control(self) -> str:
        return self.addresses["control"]

    def peer(self, routing_id: bytes | None = None, keys=None) -> Peer:
        peer = Peer(self._context, self.control, routing_id, keys)
        self._sockets.append(peer.socket)
        return peer

    def subscribe(self, name: str, *topics: bytes) -> zmq.Socket:
        socket = self._context.socket(zmq.SUB)
        socket.setsockopt(zmq.LINGER, 0)
        for topic in topics:
            socket.setsockopt(zmq.SUBSCRIBE, topic)
        socket.connect(self.addresses[name])
        self._sockets.append(socket)
        return socket

    def stop(self) -> None:
        self.bridge.stop()
        self._thread.join(5)
        assert not self._thread.is_alive(), "the bridge did not stop"
        for socket in self._sockets:
            socket.close()
        self._context.term()
        if self.error is not None:
            raise self.error

    def _run(self) -> None:
        try:
            self.bridge.run()
        except BaseException as error:
            self.error = error


@pytest.fixture
def make_house():
    """Opens bridges: ``make_house(limits=Limits(...), timeout_s=...)``; all are stopped at the end."""
    with ExitStack() as stack:

        def make(port: AnsweringPort | None = None, **changes) -> House:
            config = msgspec.structs.replace(FREE_PORTS, **changes)
            house = House(config, port or AnsweringPort())
            stack.callback(house.stop)
            return house

        yield make


@pytest.fixture
def house(make_house) -> House:
    """A bridge with the default limits."""
    return make_house()


@pytest.fixture
def eventually() -> Callable[[Callable[[], object]], object]:
    """Waits until something holds."""

    def wait(holds: Callable[[], object], timeout_s: float = 5.0) -> object:
        deadline = time.monotonic() + timeout_s
        while not (found := holds()):
            assert time.monotonic() < deadline, "it did not happen in time"
            time.sleep(0.002)
        return found

    return wait


__all__ = ["House", "Limits", "Peer", "make_osc", "osc"]
