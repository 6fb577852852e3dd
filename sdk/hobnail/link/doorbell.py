"""Wakes a sleeping consumer in another process, at most once per sleep. Works alike on all systems.

The consumer announces its sleep in the queue (``prepare_wait``); a producer that finds the announcement after its
push rings. So no wake-up is lost, and the pipe never holds more than one byte.
"""

from __future__ import annotations

from collections.abc import Iterable
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait

from hobnail_native import MessageQueue

_RING = b"!"


class Waiter:
    """The consumer's end. [one thread]"""

    def __init__(self, queue: MessageQueue, bell: Connection) -> None:
        self._queue = queue
        self._bell = bell
        self._woken, self._waker = Pipe(duplex=False)
        self._called = False

    def wait(self, timeout_s: float) -> None:
        """Sleep until a message is in the queue, somebody called :meth:`wake`, or the time is up."""
        if timeout_s <= 0 or not self._queue.prepare_wait():
            return
        rung = wait((self._bell, self._woken), timeout_s)
        if self._bell in rung:
            self._bell.recv_bytes()
        if self._woken in rung:
            self._woken.recv_bytes()
            self._called = False

    def wake(self) -> None:
        """[any thread] End a sleep, or the next one; many calls before it are one."""
        if not self._called:
            self._called = True
            self._waker.send_bytes(_RING)


class Ringer:
    """The producer's end. [one thread, or under a lock]"""

    def __init__(self, queue: MessageQueue, bell: Connection) -> None:
        self._queue = queue
        self._bell = bell

    def push(self, messages: Iterable[bytes]) -> int:
        """Append messages and wake the consumer if it sleeps, once for all; returns how many the queue took."""
        taken = sum(self._queue.push(message) for message in messages)
        if taken and self._queue.take_waiter():
            self._bell.send_bytes(_RING)
        return taken
