"""The notice thread: replies go to the socket thread, figures to the telemetry socket."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence

import msgspec
import zmq

from hobnail.contracts import SessionPort
from hobnail.notices import Accepted, LatencyNotice, MetricsNotice, Refused, VoiceEnded
from hobnail.protocol import ErrorMessage, encode
from hobnail_bridges.zmq.codec import to_ended
from hobnail_bridges.zmq.counters import Counters
from hobnail_bridges.zmq.sockets import Socket

Reply = Accepted | Refused | VoiceEnded | LatencyNotice

MONITOR = "monitor"
_WAIT_S = 0.05
_IDLE_S = 0.2
"""While nobody watches messages: subscriptions are found, and faults told, so much later."""
_SUBSCRIPTIONS_PER_ROUND = 64

_log = logging.getLogger(__name__)


class Telemetry:
    """Publishes ``metrics``, ``bridge``, ``voices``, ``errors`` and ``monitor``; hands replies on with ``forward``.

    ``monitored``: whether messages may be watched at all. [io] ``run`` owns the socket; ``report`` may be called by
    any thread.
    """

    def __init__(
        self,
        port: SessionPort,
        socket: Socket,
        counters: Counters,
        forward: Callable[[Sequence[Reply]], None],
        *,
        monitored: bool,
    ) -> None:
        self._port = port
        self._socket = socket
        self._counters = counters
        self._forward = forward
        self._monitored = monitored
        self._reports: deque[ErrorMessage] = deque(maxlen=256)
        self._encoder = msgspec.msgpack.Encoder()

    def report(self, error: ErrorMessage) -> None:
        """[any] Publish a fault that belongs to no client's message."""
        self._reports.append(error)

    def run(self, stopping: threading.Event) -> None:
        """Serve until told to stop."""
        while not stopping.is_set():
            notices = self._port.wait_notices(_WAIT_S if self._port.watch.on else _IDLE_S)
            replies = [notice for notice in notices if not isinstance(notice, MetricsNotice)]
            if replies:
                self._forward(replies)
            for notice in notices:
                if isinstance(notice, MetricsNotice):
                    self._publish("metrics", self._encoder.encode(notice.metrics))
                    self._publish("bridge", self._encoder.encode(self._counters))
                elif isinstance(notice, VoiceEnded):
                    self._publish("voices", encode(to_ended(notice)))
            while self._reports:
                self._publish("errors", encode(self._reports.popleft()))
            self._take_subscriptions()
            for seen in self._port.watch.take():
                self._publish(MONITOR, self._encoder.encode(seen))
        self._port.watch.turn(on=False)

    def _take_subscriptions(self) -> None:
        """Messages are watched while somebody subscribes to ``monitor`` itself; a shorter prefix does not begin it."""
        for _ in range(_SUBSCRIPTIONS_PER_ROUND):
            try:
                message = self._socket.recv(zmq.NOBLOCK)
            except zmq.Again:
                return
            if message[1:] == MONITOR.encode():
                if not self._monitored:
                    _log.warning("Messages are not shown to a monitor: the bridge listens beyond this machine.")
                self._port.watch.turn(on=self._monitored and message[:1] == b"\x01")

    def _publish(self, topic: str, data: bytes) -> None:
        self._socket.send_multipart([topic.encode(), data], zmq.NOBLOCK)  # XPUB drops, it never blocks
