"""Replies on their way out: sent without waiting, kept for a while, dropped and counted."""

from __future__ import annotations

from collections import deque

import zmq

from hobnail.protocol import ServerMessage, encode
from hobnail_bridges.zmq.counters import Counters
from hobnail_bridges.zmq.sockets import Socket


class Outbox:
    """Sends to clients through the ROUTER; one that does not read cannot hold up the others. [io]"""

    def __init__(self, socket: Socket, limit: int, counters: Counters) -> None:
        self._socket = socket
        self._limit = limit
        self._counters = counters
        self._waiting: dict[bytes, deque[bytes]] = {}

    @property
    def waiting(self) -> bool:
        """Whether some replies could not go out yet."""
        return bool(self._waiting)

    def post(self, routing_id: bytes, message: ServerMessage) -> None:
        """Send, or keep for :meth:`flush`."""
        data = encode(message)
        queue = self._waiting.get(routing_id)
        if queue is None:
            if self._send(routing_id, data):
                return
            queue = self._waiting[routing_id] = deque()
        if len(queue) < self._limit:
            queue.append(data)
        else:
            self._counters.replies_dropped += 1

    def flush(self) -> None:
        """Try again what is kept."""
        for routing_id, queue in list(self._waiting.items()):
            while queue and self._send(routing_id, queue[0]):
                queue.popleft()
            if not queue:
                del self._waiting[routing_id]

    def forget(self, routing_id: bytes) -> None:
        """Drop what is kept for a client that left."""
        self._counters.replies_dropped += len(self._waiting.pop(routing_id, ()))

    def _send(self, routing_id: bytes, data: bytes) -> bool:
        """False: the client's queue is full. A client that is gone counts as sent to, and as dropped."""
        try:
            self._socket.send_multipart([routing_id, data], zmq.NOBLOCK)
        except zmq.Again:
            return False
        except zmq.ZMQError as error:
            if error.errno != zmq.EHOSTUNREACH:
                raise
            self._counters.replies_dropped += 1
        return True
