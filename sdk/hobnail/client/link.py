"""The client's socket and the thread that listens to it.

Whoever has something to say sends it right away, under a lock and without waiting: no thread hop delays an event, and
a busy program cannot starve its own pings. The background thread only sleeps on the socket's file descriptor, and
takes the same lock to read. That is allowed: a ZeroMQ socket may move between threads across a full fence.
"""

from __future__ import annotations

import selectors
import threading
import time
from collections.abc import Callable

import zmq

from hobnail.client.core import ClientCore
from hobnail.client.keys import ClientKeys
from hobnail.client.wake import Wake
from hobnail.errors import ClientError
from hobnail.protocol import ClientMessage

_SEND_QUEUE = 1000
_LONGEST_SLEEP_S = 0.5


class Link:
    """One DEALER socket, its thread, and the core's lock.

    After news ``lock`` is notified, and ``changed()`` called on the background thread, under the lock.
    """

    def __init__(
        self,
        core: ClientCore,
        address: str,
        routing_id: bytes,
        keys: ClientKeys | None,
        changed: Callable[[], None] | None = None,
    ) -> None:
        self.lock = threading.Condition(threading.RLock())
        self.core = core
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._changed = changed
        self._socket = self._context.socket(zmq.DEALER)
        self._wake = Wake()
        self._closing = False
        try:
            _set_options(self._socket, routing_id, keys)
            self._socket.connect(address)
        except zmq.ZMQError as error:
            self._release()
            cure = "Use an address like tcp://127.0.0.1:9710."
            raise ClientError(f"{address!r} is not an address to connect to: {error}.", cure=cure) from error
        self._thread = threading.Thread(target=self._run, name="hobnail-client", daemon=True)
        self._thread.start()

    def ask(self, message: ClientMessage) -> int:
        """[any] Send a message that wants an answer; its request number. Raises ClientError when it cannot go out."""
        with self.lock:
            request, data = self.core.ask(message)
            if not self._send(data):
                self.core.memory.refused(request)
                raise ClientError("The connection does not take the message.", cure="Send less, or wait a moment.")
            return request

    def tell(self, message: ClientMessage) -> bool:
        """[any] Send a message that wants no answer; False when it could not go out."""
        with self.lock:
            return self._send(self.core.tell(message))

    def close(self) -> None:
        """[control] Say bye and let go. The bye has a moment to leave."""
        with self.lock:
            if self._closing:
                return
            self._closing = True
            if self.core.state == "greeted":
                self._send(self.core.bye())
        self._wake.ring()
        self._thread.join()
        self._socket.close(linger=200)
        self._release()

    def _release(self) -> None:
        self._socket.close(linger=0)
        self._wake.close()
        self._context.term()

    def _send(self, data: bytes) -> bool:
        try:
            self._socket.send(data, zmq.NOBLOCK)
        except zmq.Again:
            return False
        self._ring_if_unread()  # sending may swallow the descriptor's signal
        return True

    def _ring_if_unread(self) -> None:
        if int(self._socket.getsockopt(zmq.EVENTS)) & zmq.POLLIN:
            self._wake.ring()

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector, self.lock:
            selector.register(int(self._socket.getsockopt(zmq.FD)), selectors.EVENT_READ)
            selector.register(self._wake.fileno(), selectors.EVENT_READ)
            while not self._closing:
                self._turn()
                sleep_s = (self.core.next_due_ns(time.monotonic_ns()) - time.monotonic_ns()) / 1e9
                self.lock.release()
                try:
                    selector.select(min(max(sleep_s, 0.0), _LONGEST_SLEEP_S))
                finally:
                    self.lock.acquire()

    def _turn(self) -> None:
        self._wake.clear()
        heard = self._receive()
        before = self.core.state
        for data in self.core.due(time.monotonic_ns()):
            went_out = self._send(data)
            if self.core.state != "greeted":
                self.core.hello_sent(time.monotonic_ns(), went_out)
        if heard or self.core.state != before:
            self.lock.notify_all()
            if self._changed is not None:
                self._changed()
        self._ring_if_unread()

    def _receive(self) -> bool:
        heard = False
        while True:
            try:
                data = self._socket.recv(zmq.NOBLOCK)
            except zmq.Again:
                return heard
            heard = True
            for reply in self.core.receive(data, time.monotonic_ns()):
                self._send(reply)


def _set_options(socket: zmq.Socket[bytes], routing_id: bytes, keys: ClientKeys | None) -> None:
    socket.setsockopt(zmq.ROUTING_ID, routing_id)  # the same after a reconnect, so that the server knows us
    socket.setsockopt(zmq.LINGER, 0)
    socket.setsockopt(zmq.IMMEDIATE, 1)  # nothing waits for a server that is away, to sound when it is too late
    socket.setsockopt(zmq.SNDHWM, _SEND_QUEUE)
    socket.setsockopt(zmq.RCVHWM, 10_000)
    socket.setsockopt(zmq.HEARTBEAT_IVL, 1000)
    socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, 3000)
    socket.setsockopt(zmq.RECONNECT_IVL, 100)
    socket.setsockopt(zmq.RECONNECT_IVL_MAX, 1000)
    socket.setsockopt(zmq.IPV6, 1)
    if keys is not None:
        keys.apply(socket)
