"""One TCP connection: reads and writes without waiting; who does not read is cut off. [io]"""

from __future__ import annotations

import selectors
import socket
from collections.abc import Callable
from typing import Protocol

_READ_BYTES = 65_536
_MOST_UNSENT_BYTES = 1 << 20


class Talk(Protocol):
    """What is spoken over a connection."""

    def heard(self, data: bytes) -> None:
        """Bytes came. Raises MessageError when the stream makes no sense any more; then it is closed."""

    def ended(self) -> None:
        """The connection is closed."""


class Stream:
    """A connection in the bridge's selector. ``start`` makes the talk, given the stream to answer on."""

    def __init__(
        self, connection: socket.socket, selector: selectors.BaseSelector, start: Callable[[Stream], Talk], now_ns: int
    ) -> None:
        connection.setblocking(False)
        self._socket = connection
        self._selector = selector
        self._unsent = bytearray()
        self._closing = False
        self.closed = False
        self.heard_ns = now_ns
        self._talk = start(self)
        selector.register(connection, selectors.EVENT_READ, self.ready)

    def ready(self, events: int, now_ns: int) -> None:
        """The selector found it ready."""
        if events & selectors.EVENT_WRITE:
            self._flush()
        if events & selectors.EVENT_READ and not self.closed:
            try:
                data = self._socket.recv(_READ_BYTES)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                self.close()
                return
            self.heard_ns = now_ns
            self._talk.heard(data)

    def send(self, data: bytes) -> None:
        """Send as much as goes out at once; the rest follows."""
        if self.closed or self._closing:
            return
        if len(self._unsent) > _MOST_UNSENT_BYTES:  # what is sent now may be long, but what waits may not
            self.close()
            return
        self._unsent += data
        self._flush()

    def finish(self) -> None:
        """Close when everything is sent."""
        self._closing = True
        if not self._unsent:
            self.close()

    def close(self) -> None:
        """Close now."""
        if not self.closed:
            self.closed = True
            self._selector.unregister(self._socket)
            self._socket.close()
            self._talk.ended()

    def _flush(self) -> None:
        try:
            while self._unsent:
                del self._unsent[: self._socket.send(self._unsent[:_READ_BYTES])]
        except BlockingIOError:
            pass
        except OSError:
            self.close()
            return
        if not self.closed:
            wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._unsent else 0)
            self._selector.modify(self._socket, wanted, self.ready)
            if self._closing and not self._unsent:
                self.close()
