"""Whose connection has ended: a ROUTER does not say, but its monitor does, by file descriptor."""

from __future__ import annotations

from collections.abc import Sequence

import zmq
from zmq.utils.monitor import recv_monitor_message


class Lines:
    """The connections of a ROUTER that is not bound yet. [one thread]

    All that a client sent before its connection ended is taken before :meth:`ended` names it.
    """

    def __init__(self, socket: zmq.Socket[bytes]) -> None:
        self._socket = socket
        self._monitor = socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        self._poller = zmq.Poller()
        self._poller.register(socket, zmq.POLLIN)
        self._poller.register(self._monitor, zmq.POLLIN)
        self._users: dict[int, bytes] = {}  # routing id of each descriptor
        self._gone: list[bytes] = []

    def poll(self, patience_ms: int) -> bool:
        """Wait for a message, or for a connection to end; whether there is a message."""
        return self._socket in dict(self._poller.poll(patience_ms))

    def heard(self, frames: Sequence[zmq.Frame]) -> None:
        """A message came: its connection belongs to its routing id."""
        self._look()  # first: a descriptor that became free is used again
        descriptor = frames[-1].get(zmq.SRCFD)
        if isinstance(descriptor, int):
            self._users[descriptor] = frames[0].bytes

    def ended(self) -> list[bytes]:
        """Routing ids whose connection has ended since the last call."""
        if self._socket.poll(0):
            return []
        self._look()
        gone, self._gone = self._gone, []
        return gone

    def _look(self) -> None:
        while self._monitor.poll(0):
            who = self._users.pop(recv_monitor_message(self._monitor)["value"], None)
            if who is not None:
                self._gone.append(who)
