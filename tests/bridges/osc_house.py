"""A running OSC bridge on free ports, and python-osc as the foreign peer on one socket."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import ExitStack

import msgspec
import pytest
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import build_msg

from hobnail_bridges.osc.config import OscConfig, port_of
from hobnail_bridges.osc.server import OscBridge

from .fake_port import AnsweringPort

FREE_PORTS = OscConfig(port=0, query_port=0)


class OscPeer:
    """Sends what python-osc builds, reads what it understands."""

    def __init__(self, port: int) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.connect(("127.0.0.1", port))

    def send(self, address: str, *args) -> None:
        self.socket.send(build_msg(address, list(args)).dgram)

    def raw(self, data: bytes) -> None:
        self.socket.send(data)

    def receive(self, timeout_s: float = 3.0) -> tuple:
        """(address, *arguments) of the next message; () when none comes."""
        self.socket.settimeout(timeout_s)
        try:
            message = OscMessage(self.socket.recv(65_536))
        except TimeoutError:
            return ()
        return (message.address, *message.params)

    def ask(self, address: str, *args, timeout_s: float = 3.0) -> tuple:
        self.send(address, *args)
        return self.receive(timeout_s)

    def settled(self) -> None:
        """What was sent before is done."""
        assert self.ask("/hobnail/ping", "settled")[0] == "/hobnail/pong"


class OscHouse:
    """A bridge that runs on a thread, over a port that answers."""

    def __init__(self, config: OscConfig, port: AnsweringPort) -> None:
        self.port = port
        self.bridge = OscBridge(config)
        self.addresses = self.bridge.open(port)
        self.udp = port_of(self.addresses["udp"])
        self.tcp = port_of(self.addresses["tcp"])
        self.query = port_of(self.addresses["query"]) if config.query else 0
        self.error: BaseException | None = None
        self._peers: list[OscPeer] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def counters(self):
        return self.bridge.counters

    def peer(self) -> OscPeer:
        self._peers.append(OscPeer(self.udp))
        return self._peers[-1]

    def of(self, kind: type) -> list:
        return self.port.of(kind)

    def stop(self) -> None:
        self.bridge.stop()
        self._thread.join(5)
        assert not self._thread.is_alive(), "the bridge did not stop"
        for peer in self._peers:
            peer.socket.close()
        if self.error is not None:
            raise self.error
        assert self.counters.faults == 0

    def _run(self) -> None:
        try:
            self.bridge.run()
        except BaseException as error:
            self.error = error


@pytest.fixture
def make_osc():
    """Opens bridges: ``make_osc(timetags="ignore", ...)``; all are stopped at the end."""
    with ExitStack() as stack:

        def make(port: AnsweringPort | None = None, **changes) -> OscHouse:
            house = OscHouse(msgspec.structs.replace(FREE_PORTS, **changes), port or AnsweringPort())
            stack.callback(house.stop)
            return house

        yield make


@pytest.fixture
def osc(make_osc) -> OscHouse:
    """A bridge with the default settings."""
    return make_osc()


def wait_until(holds, timeout_s: float = 5.0):
    """Waits until something holds; what it was."""
    deadline = time.monotonic() + timeout_s
    while not (found := holds()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.002)
    return found
