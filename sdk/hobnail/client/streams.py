"""Sound and figures from the server, on sockets of their own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic, Literal, TypeVar

import msgspec
import zmq

from hobnail.client.keys import ClientKeys
from hobnail.errors import ClientError
from hobnail.metrics import Metrics
from hobnail.protocol import Ended, ErrorMessage, decode_server
from hobnail.protocol.audio import AudioChunk, decode_audio, topic_of
from hobnail.watching import Seen

TelemetryTopic = Literal["metrics", "voices", "errors", "bridge", "monitor"]
Figures = Metrics | Ended | ErrorMessage | Seen | dict[str, int]

_T = TypeVar("_T")


class Stream(ABC, Generic[_T]):
    """A subscription to one topic. [one thread at a time]"""

    def __init__(self, address: str, topic: bytes, keys: ClientKeys | None) -> None:
        self._topic = topic
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()  # its own: it may outlive the client
        self._socket = self._context.socket(zmq.SUB)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.setsockopt(zmq.RCVHWM, 256)
        self._socket.setsockopt(zmq.HEARTBEAT_IVL, 1000)
        self._socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, 3000)
        self._socket.setsockopt(zmq.IPV6, 1)
        if keys is not None:
            keys.apply(self._socket)
        self._socket.setsockopt(zmq.SUBSCRIBE, topic)
        self._socket.connect(address)

    def read(self, timeout_s: float = 1.0) -> _T | None:
        """The next one, waiting for it; None when none came in time."""
        if self._socket.closed:
            raise ClientError("The stream is closed.", cure="Open another one.")
        while self._socket.poll(max(0, round(timeout_s * 1000))):
            parts = self._socket.recv_multipart()
            if parts[0] == self._topic:  # ZeroMQ matches prefixes: pcm/door also hears pcm/door2
                return self._decode(parts)
        return None

    def close(self) -> None:
        """Unsubscribe."""
        self._socket.close()
        self._context.term()

    def __enter__(self) -> Stream[_T]:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @abstractmethod
    def _decode(self, parts: list[bytes]) -> _T:
        """What the frames of one message mean."""


class AudioStream(Stream[AudioChunk]):
    """The mix or one emitter, as it is mixed."""

    def __init__(self, address: str, name: str, keys: ClientKeys | None) -> None:
        super().__init__(address, topic_of(name), keys)
        self.lost_frames = 0  #: frames that are missing between the chunks read so far
        self._next_frame: int | None = None

    def _decode(self, parts: list[bytes]) -> AudioChunk:
        chunk = decode_audio(parts)
        if self._next_frame is not None:
            self.lost_frames += max(0, chunk.at - self._next_frame)
        self._next_frame = chunk.at + len(chunk.samples)
        return chunk


class TelemetryStream(Stream[Figures]):
    """Metrics snapshots, ended voices, faults that belong to no message, the bridge's counters, or all that comes."""

    def __init__(self, address: str, topic: TelemetryTopic, keys: ClientKeys | None) -> None:
        super().__init__(address, topic.encode(), keys)
        self._kind: TelemetryTopic = topic

    def _decode(self, parts: list[bytes]) -> Figures:
        if self._kind == "metrics":
            return msgspec.msgpack.decode(parts[1], type=Metrics)
        if self._kind == "monitor":
            return msgspec.msgpack.decode(parts[1], type=Seen)
        if self._kind == "bridge":
            return msgspec.msgpack.decode(parts[1], type=dict[str, int])
        message = decode_server(parts[1])
        if isinstance(message, Ended | ErrorMessage):
            return message
        problem = f"The telemetry topic {self._kind!r} carried a {type(message).__name__}."
        raise ClientError(problem, cure="Use a server of the same version.")
