"""A server's telemetry socket, all topics at once."""

from __future__ import annotations

from types import TracebackType

import msgspec
import zmq

from hobnail.client.keys import ClientKeys
from hobnail.errors import ClientError, MessageError
from hobnail.metrics import Metrics
from hobnail.protocol import Ended, ErrorMessage, decode_server

BridgeCounters = dict[str, int]
News = Metrics | Ended | ErrorMessage | BridgeCounters
TOPICS = ("metrics", "voices", "errors", "bridge")


class TelemetryFeed:
    """Subscribes to everything that ``hobnail serve`` publishes about itself. [one thread]"""

    def __init__(self, address: str, keys: ClientKeys | None = None) -> None:
        self.address = address
        self.misread = 0  #: messages that could not be understood: the server is of another version
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._context.socket(zmq.SUB)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.setsockopt(zmq.IPV6, 1)
        self._socket.setsockopt(zmq.HEARTBEAT_IVL, 1000)
        self._socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, 3000)
        if keys is not None:
            keys.apply(self._socket)
        for topic in TOPICS:
            self._socket.setsockopt(zmq.SUBSCRIBE, topic.encode())
        try:
            self._socket.connect(address)
        except zmq.ZMQError as error:
            self.close()
            cure = "Use an address like tcp://127.0.0.1:9712; 'hobnail serve' prints it as 'zmq telemetry'."
            raise ClientError(f"{address!r} is not an address to connect to: {error}.", cure=cure) from error

    def read(self, timeout_s: float) -> list[News]:
        """What has come, waiting up to ``timeout_s`` for the first; empty when nothing did."""
        taken: list[News] = []
        if not self._socket.poll(max(0, round(timeout_s * 1000))):
            return taken
        while self._socket.poll(0):
            news = self._decoded(self._socket.recv_multipart())
            if news is not None:
                taken.append(news)
        return taken

    def close(self) -> None:
        """Let go of the socket."""
        self._socket.close()
        self._context.term()

    def __enter__(self) -> TelemetryFeed:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _decoded(self, parts: list[bytes]) -> News | None:
        try:
            if parts[0] == b"metrics":
                return msgspec.msgpack.decode(parts[1], type=Metrics)
            if parts[0] == b"bridge":
                return msgspec.msgpack.decode(parts[1], type=BridgeCounters)
            message = decode_server(parts[1])
        except (msgspec.MsgspecError, MessageError, IndexError):
            self.misread += 1
            return None
        return message if isinstance(message, Ended | ErrorMessage) else None
