"""Wakes a thread that sleeps on a socket. A pair of sockets, so that it works alike on all systems."""

from __future__ import annotations

import socket
from contextlib import suppress


class Wake:
    """``ring`` from any thread makes ``fileno()`` readable until ``clear``."""

    def __init__(self) -> None:
        self._near, self._far = socket.socketpair()
        self._near.setblocking(False)
        self._far.setblocking(False)

    def fileno(self) -> int:
        """[own thread] What to wait on."""
        return self._near.fileno()

    def ring(self) -> None:
        """[any] Never waits."""
        with suppress(BlockingIOError):  # so many rings are unheard that one more makes no difference
            self._far.send(b"!")

    def clear(self) -> None:
        """[own thread] Back to sleep."""
        with suppress(BlockingIOError):
            while self._near.recv(4096):
                pass

    def close(self) -> None:
        """[control] Let go."""
        self._near.close()
        self._far.close()
