"""Where a client asks for a bounce: it is told the port of a hall, which is started when somebody comes."""

from __future__ import annotations

import logging
import os
import selectors
import subprocess
import threading
from contextlib import suppress

import msgspec
import zmq

from hobnail.children import python
from hobnail.contracts import SessionPort
from hobnail.errors import BridgeError
from hobnail_bridges.bounce.hall import HallOrders

_IDLE_MS = 250
_START_S = 120.0
"""A machine that exports is busy; the plug-in waits half a minute longer."""
_MOST_HALLS = 8

_log = logging.getLogger(__name__)


class BounceDoor:
    """Answers ``room`` with a port. [io] ``run`` owns the socket and the halls.

    Halls are processes: what they render takes no time from the live session's. There are at most as many as
    processors; the next to be told is the one that was told longest ago.
    """

    def __init__(self, port: SessionPort, socket: zmq.Socket[bytes], scores: str) -> None:
        self._socket = socket
        orders = HallOrders(config=port.config, info=port.info, scores=scores)
        self._orders = msgspec.json.encode(orders) + b"\n"
        self._halls: list[_Hall] = []
        self._most = min(_MOST_HALLS, os.cpu_count() or 1)

    def run(self, stopping: threading.Event) -> None:
        """Serve until told to stop."""
        try:
            while not stopping.is_set():
                if self._socket.poll(_IDLE_MS):
                    who, *_ = self._socket.recv_multipart()
                    self._answer(who)
        finally:
            for hall in self._halls:
                hall.stop()

    def _answer(self, who: bytes) -> None:
        try:
            port = self._next_hall().port
        except BridgeError as error:
            _log.warning("No bounce: %s", error)
            return
        with suppress(zmq.ZMQError):  # the client is gone already
            self._socket.send_multipart([who, str(port).encode()])

    def _next_hall(self) -> _Hall:
        self._halls = [hall for hall in self._halls if hall.alive]
        if len(self._halls) < self._most:
            self._halls.append(_Hall(self._orders))
        else:
            self._halls.append(self._halls.pop(0))
        return self._halls[-1]


class _Hall:
    """One such process."""

    def __init__(self, orders: bytes) -> None:
        self._process = subprocess.Popen(
            python("hobnail_bridges.bounce.hall"), stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(OSError):  # it ended at once; its silence says so below
            self._process.stdin.write(orders)
            self._process.stdin.flush()
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            line = self._process.stdout.readline() if selector.select(_START_S) else b""
        if not line.strip().isdigit():
            self.stop()
            raise BridgeError("The process that renders bounces did not start.", cure="Its own messages say why.")
        self.port = int(line)

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
