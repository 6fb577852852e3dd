"""The ZeroMQ bridge: a thread for each socket, one front desk.

::

    clients ══ DEALER/ROUTER ══ [socket thread] ── intake ── port.submit
                                      ▲ inproc
    clients ══ SUB/XPUB ════════ [notice thread] ── port.wait_notices
    clients ══ SUB/XPUB ════════ [audio thread] ─── port.read_tap
    clients ══ DEALER/ROUTER ═══ [bounce thread] ── processes that render offline

ZeroMQ sockets are not thread-safe, so each belongs to one thread; the notice thread wakes the socket thread.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import zmq

from hobnail.contracts import SessionPort
from hobnail.errors import BridgeError
from hobnail_bridges.bounce.door import BounceDoor
from hobnail_bridges.loopback import is_loopback
from hobnail_bridges.zmq.audio import AudioPublisher
from hobnail_bridges.zmq.config import ZmqConfig
from hobnail_bridges.zmq.counters import Counters
from hobnail_bridges.zmq.intake import Intake
from hobnail_bridges.zmq.outbox import Outbox
from hobnail_bridges.zmq.shared_sound import share_sound
from hobnail_bridges.zmq.sockets import Sockets
from hobnail_bridges.zmq.telemetry import Reply, Telemetry
from hobnail_native import monotonic_ns

_IDLE_MS = 200
_RESTLESS_MS = 20
_FRAMES_MS = 2
_PAUSE_S = 0.001  # so that a crowd's frames come several at a time: waking up costs more than reading one
_ROUND_NS = 5_000_000  # costly messages make a round shorter: replies are waiting
_AT_ONCE = int(zmq.NOBLOCK)  # a plain number costs less than the enum's member
_WAKE = "inproc://hobnail-replies"

_log = logging.getLogger(__name__)


class ZmqBridge:
    """Protocol 1 on a ROUTER, an XPUB and a PUB socket. Implements :class:`hobnail.contracts.Bridge`."""

    def __init__(self, config: ZmqConfig | None = None) -> None:
        self._config = config or ZmqConfig()
        self._sockets: Sockets | None = None
        self._port: SessionPort | None = None
        self._replies: deque[Reply] = deque()
        self._stopping = threading.Event()
        self._running = False
        self._lock = threading.Lock()

    def open(self, port: SessionPort) -> Mapping[str, str]:
        """[control] Bind the sockets. Raises BridgeError naming the port and its option."""
        self._sockets = Sockets(self._config.reopened(port.addresses_before))
        self._port = port
        return dict(self._sockets.addresses)

    def run(self) -> None:
        """[io] Serve until ``stop``. Raises what one of its threads died of."""
        with self._lock:
            if self._stopping.is_set():
                return
            sockets, port = self._sockets, self._port
            if sockets is None or port is None:
                raise BridgeError("The bridge is not open.", cure="Call open(port) before run().")
            self._running = True
        try:
            self._serve(sockets, port)
        finally:
            sockets.close()

    def stop(self) -> None:
        """[any] Make ``run`` return soon."""
        self._stopping.set()
        with self._lock:
            if not self._running and self._sockets is not None:
                self._sockets.close()
                self._sockets = None

    def _serve(self, sockets: Sockets, port: SessionPort) -> None:
        wake = sockets.context.socket(zmq.PULL)
        wake.bind(_WAKE)
        ringer = sockets.context.socket(zmq.PUSH)
        ringer.linger = 0
        ringer.connect(_WAKE)
        try:
            self._serve_with(sockets, port, wake, ringer)
        finally:
            ringer.close()
            wake.close()

    def _serve_with(
        self, sockets: Sockets, port: SessionPort, wake: zmq.Socket[bytes], ringer: zmq.Socket[bytes]
    ) -> None:
        counters = Counters()
        outbox = Outbox(sockets.control, self._config.limits.replies_waiting, counters)
        ports = (sockets.ports["audio"], sockets.ports["telemetry"], sockets.ports.get("bounce", 0))
        intake = Intake(port, self._config, ports, outbox.post, monotonic_ns, counters)

        def forward(replies: Sequence[Reply]) -> None:  # on the notice thread
            self._replies.extend(replies)
            with suppress(zmq.Again):  # a thousand rings wait already; one is enough
                ringer.send(b"", zmq.NOBLOCK)

        monitored = is_loopback(self._config.host)  # only who is on this machine
        telemetry = Telemetry(port, sockets.telemetry, counters, forward, monitored=monitored)
        period, shares = self._config.audio_period_frames, self._config.shared_audio and monitored
        audio = AudioPublisher(
            port, sockets.audio, period, counters, telemetry.report, monotonic_ns, share_sound if shares else None
        )
        threads = [
            _Helper("hobnail-zmq-notices", telemetry.run, self._stopping),
            _Helper("hobnail-zmq-audio", audio.run, self._stopping),
        ]
        if sockets.bounce is not None:
            door = BounceDoor(port, sockets.bounce, self._config.bounce_scores)
            threads.append(_Helper("hobnail-zmq-bounce", door.run, self._stopping))
        try:
            self._answer(sockets.control, wake, intake, outbox)
        finally:
            self._stopping.set()
            for thread in threads:
                thread.join()
        for thread in threads:
            if thread.error is not None:
                raise BridgeError(f"The thread {thread.name} failed.", cure="The log says why.") from thread.error

    def _answer(self, control: zmq.Socket[bytes], wake: zmq.Socket[bytes], intake: Intake, outbox: Outbox) -> None:
        """The socket thread's loop: a bounded number of messages, then replies, then everything else."""
        poller = zmq.Poller()
        poller.register(control, zmq.POLLIN)
        poller.register(wake, zmq.POLLIN)
        take_one = _taker(control, intake, curve=self._config.curve is not None)
        while not self._stopping.is_set():
            ready = dict(poller.poll(_patience_ms(intake, outbox)))
            if control in ready:
                ends_ns = monotonic_ns() + _ROUND_NS
                for _ in range(self._config.limits.messages_per_round):
                    if not take_one() or monotonic_ns() > ends_ns:
                        break
                intake.end_round()
            if wake in ready:
                _drain(wake)
            while self._replies:
                intake.notice(self._replies.popleft())
            outbox.flush()
            intake.tick()
            if intake.crowded:
                time.sleep(_PAUSE_S)


def _patience_ms(intake: Intake, outbox: Outbox) -> int:
    if intake.holds_frames:
        return _FRAMES_MS
    return _RESTLESS_MS if outbox.waiting or intake.restless else _IDLE_MS


class _Helper(threading.Thread):
    """A thread that takes the bridge down with it when it fails."""

    def __init__(self, name: str, run: Callable[[threading.Event], None], stopping: threading.Event) -> None:
        super().__init__(name=name, daemon=True)
        self.error: Exception | None = None
        self._work = run
        self._stopping = stopping
        self.start()

    def run(self) -> None:
        try:
            self._work(self._stopping)
        except Exception as error:  # whatever it is, the bridge must not go on half alive
            _log.exception("The thread %s failed; the bridge ends.", self.name)
            self.error = error
            self._stopping.set()


def _taker(control: zmq.Socket[bytes], intake: Intake, *, curve: bool) -> Callable[[], bool]:
    """Takes one message off the socket without waiting; False when there is none."""

    def take_one() -> bool:
        try:
            routing_id = control.recv(_AT_ONCE)
        except zmq.Again:
            return False
        frame = control.recv(copy=False)  # a frame knows whether more follow; asking the socket costs more
        user = str(frame.get("User-Id")) if curve else ""
        data = frame.bytes
        parts = [routing_id, data]
        while frame.more:
            frame = control.recv(copy=False)
            parts.append(frame.bytes)
        received_ns = monotonic_ns()
        try:
            if len(parts) > 2 or not intake.take_frame(routing_id, user, data, received_ns):
                intake.take(parts, user, received_ns)
        except Exception:  # our own bug; the next message must not pay for it
            intake.counters.faults += 1
            _log.exception("The bridge stumbled over a message of %d bytes.", len(data))
        return True

    return take_one


def _drain(wake: zmq.Socket[bytes]) -> None:
    while True:
        try:
            wake.recv(zmq.NOBLOCK)
        except zmq.Again:
            return
