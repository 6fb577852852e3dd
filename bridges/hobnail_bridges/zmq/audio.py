"""The audio thread: a tap per subscribed topic, published every few milliseconds; asleep without listeners.

A topic ``pcm/..`` is published in packets. One ``shm/..`` is written to shared memory, and told where that is.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

import zmq

from hobnail.commands import SetTap
from hobnail.contracts import SessionPort
from hobnail.protocol import PROTOCOL, ErrorMessage
from hobnail.protocol.audio import MIX, SHARED_PREFIX, AudioChunk, encode_audio, encode_shared, name_of
from hobnail.protocol.faults import shown
from hobnail_bridges.zmq.counters import Counters
from hobnail_bridges.zmq.shared_sound import SharedSound
from hobnail_bridges.zmq.sockets import Socket
from hobnail_native import TokenBucket

_IDLE_MS = 250
"""Without topics: only the end is looked for; who subscribes wakes it."""
_ASK_AGAIN_NS = 500_000_000
"""A tap that gives nothing for so long is asked for again: its emitter may have come only now, or come back."""

_TELL_AGAIN_NS = 200_000_000
"""Where shared sound is, is told so often: whoever subscribes second to a topic is not announced by ZeroMQ."""

_SUBSCRIPTIONS_PER_ROUND = 64  # more of them must not hold up the sound
_TOPICS = 4096
_COMPLAINTS_PER_S = 10

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Topic:
    name: str
    tap: int | None = None  #: None: it waits for a free one
    asked: bool = False  #: the session took the order
    quiet_since_ns: int = 0
    shares: bool = False  #: not in packets
    memory: SharedSound | None = None
    told_ns: int = 0

    @property
    def channels(self) -> int:
        return 2 if self.name == MIX else 1


class AudioPublisher:
    """Publishes ``pcm/mix`` and ``pcm/<emitter>``, and the same as ``shm/``. [io] ``run`` owns the socket and all taps.

    ``share(rate, channels)`` makes memory to share, or gives None when there is none; without it nothing is shared.
    """

    def __init__(
        self,
        port: SessionPort,
        socket: Socket,
        period_frames: int,
        counters: Counters,
        report: Callable[[ErrorMessage], None],
        now_ns: Callable[[], int],
        share: Callable[[int, int], SharedSound | None] | None = None,
    ) -> None:
        self._port = port
        self._socket = socket
        self._rate_hz = port.info.rate_hz
        self._period_ms = max(1, round(1000 * period_frames / self._rate_hz))
        self._counters = counters
        self._report = report
        self._now_ns = now_ns
        self._share = share
        self._topics: dict[bytes, _Topic] = {}
        self._free = list(range(port.info.taps))
        self._complaints = TokenBucket(_COMPLAINTS_PER_S, _COMPLAINTS_PER_S, now_ns())
        self._closing: list[int] = []  #: taps whose order to close the session has not taken yet

    def run(self, stopping: threading.Event) -> None:
        """Serve until told to stop."""
        try:
            while not stopping.is_set():
                if self._socket.poll(self._period_ms if self._topics else _IDLE_MS):
                    self._take_subscriptions()
                self._close_taps()
                for topic in self._topics.values():
                    if topic.tap is not None:
                        self._serve(topic, topic.tap)
        finally:
            for key in list(self._topics):
                self._close(key)
            self._close_taps()

    def _take_subscriptions(self) -> None:
        for _ in range(_SUBSCRIPTIONS_PER_ROUND):
            try:
                message = self._socket.recv(zmq.NOBLOCK)
            except zmq.Again:
                return
            key = message[1:]
            name, shares = name_of(key), False
            if name is None and self._share is not None:
                name, shares = name_of(key, SHARED_PREFIX), True
            if name is None:
                continue  # not ours: an empty or shorter prefix hears whatever is open, and opens nothing
            if message[:1] != b"\x01":
                self._close(key)
            elif len(self._topics) < _TOPICS:
                self._topics[key] = self._open(name, shares)
            else:
                self._counters.taps_refused += 1

    def _open(self, name: str, shares: bool) -> _Topic:
        if not self._free:
            self._counters.taps_refused += 1
            if self._complaints.take(self._now_ns()):
                problem = f"All {self._port.info.taps} audio taps are in use; {shown(name)} waits for one."
                cure = "Unsubscribe from another topic, or listen to the mix."
                _log.warning("%s %s", problem, cure)
                self._report(ErrorMessage(v=PROTOCOL, code="busy", path=f"pcm/{name}", problem=problem, cure=cure))
            return _Topic(name, shares=shares)
        return _Topic(name, self._free.pop(0), shares=shares)

    def _close(self, key: bytes) -> None:
        topic = self._topics.pop(key, None)
        if topic is not None and topic.memory is not None:
            topic.memory.close()
        if topic is not None and topic.tap is not None:
            self._closing.append(topic.tap)

    def _close_taps(self) -> None:
        """Give closed taps to the topics that wait, or back."""
        while self._closing and self._port.submit(SetTap(tap=self._closing[0], topic=None)):
            tap = self._closing.pop(0)
            waiting = next((topic for topic in self._topics.values() if topic.tap is None), None)
            if waiting is None:
                self._free.append(tap)  # the one that rested longest is used next
            else:
                waiting.tap = tap

    def _serve(self, topic: _Topic, tap: int) -> None:
        now_ns = self._now_ns()
        if topic.shares and now_ns - topic.told_ns >= _TELL_AGAIN_NS:
            topic.told_ns = now_ns
            self._tell_memory(topic)
        if not topic.asked:
            topic.asked = self._port.submit(SetTap(tap=tap, topic=topic.name))
            topic.quiet_since_ns = now_ns
            return
        at, samples = self._port.read_tap(tap)
        if not len(samples):
            topic.asked = now_ns - topic.quiet_since_ns < _ASK_AGAIN_NS
            return
        topic.quiet_since_ns = now_ns
        if samples.shape[1] != topic.channels:
            return  # left behind by the tap's former topic
        self._counters.audio_frames += len(samples)
        if topic.memory is not None:
            topic.memory.write(at, samples)
        elif not topic.shares:
            chunk = AudioChunk(at=at, rate=self._rate_hz, samples=samples)
            self._socket.send_multipart(encode_audio(topic.name, chunk), zmq.NOBLOCK)

    def _tell_memory(self, topic: _Topic) -> None:
        """A listener waits a moment for this, and asks for packets where there is no memory to share."""
        if topic.memory is None and self._share is not None:
            topic.memory = self._share(self._rate_hz, topic.channels)
        if topic.memory is not None:
            self._socket.send_multipart(encode_shared(topic.name, topic.memory.header), zmq.NOBLOCK)
