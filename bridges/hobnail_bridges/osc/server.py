"""The OSC bridge: one thread for all sockets and the desk, one that waits for the session's notices.

::

    peers ══ UDP, TCP, WebSocket ══ [run: selector ── desk] ── port.submit
                                          ▲ deque and a socket pair
                                    [notice thread] ── port.wait_notices
"""

from __future__ import annotations

import logging
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Mapping
from contextlib import suppress
from functools import partial

from hobnail.contracts import SessionPort
from hobnail.errors import BridgeError
from hobnail.findings import Finding
from hobnail.notices import AnyNotice, MetricsNotice
from hobnail_bridges.osc.admission import Admission
from hobnail_bridges.osc.config import OscConfig
from hobnail_bridges.osc.counters import Counters
from hobnail_bridges.osc.desk import Desk
from hobnail_bridges.osc.links import presets_of
from hobnail_bridges.osc.query.announce import Announcement
from hobnail_bridges.osc.query.server import QueryServer
from hobnail_bridges.osc.shutter import Shutter
from hobnail_bridges.osc.sockets import Sockets
from hobnail_bridges.osc.streams import Stream, Talk
from hobnail_bridges.osc.tcp import OscTalk
from hobnail_native import monotonic_ns

_NOTICE_WAIT_S = 0.05
_DATAGRAM_BYTES = 65_536
_IDLE_NS = 10_000_000_000  # an HTTP or framing peer that says nothing at all for so long is let go when room is needed
_ROUND_NS = 5_000_000
_LOOK_NS = 50_000_000  # how often it is looked up whose shutter opens again, and what the system has dropped

_log = logging.getLogger(__name__)

Ready = Callable[[int, int], None]


class OscBridge:
    """OSC for DAWs, controllers and patchers. Implements :class:`hobnail.contracts.Bridge`."""

    def __init__(self, config: OscConfig | None = None) -> None:
        self._config = config or OscConfig()
        self._sockets: Sockets | None = None
        self._port: SessionPort | None = None
        self._admission: Admission | None = None
        self._stopping = threading.Event()
        self._running = False
        self._lock = threading.Lock()
        self.counters = Counters()  #: of what is served, from ``run`` on

    @staticmethod
    def examine() -> list[Finding]:
        """[control] Whether the usual ports are free, for ``hobnail doctor``: a busy one may be a running server."""
        config = OscConfig()
        try:
            Sockets(config).close()
        except BridgeError as error:
            return [Finding(check="OSC", state="note", found=error.problem, cure=error.cure)]
        return [Finding(check="OSC", state="ok", found=f"ports {config.port} and {config.query_port} are free")]

    def open(self, port: SessionPort) -> Mapping[str, str]:
        """[control] Bind the sockets. Raises BridgeError naming the port and its option."""
        self._admission = Admission(self._config.host, self._config.allow)
        self._sockets = Sockets(self._config.reopened(port.addresses_before))
        self._port = port
        return self._sockets.addresses()

    def run(self) -> None:
        """[io] Serve until ``stop``."""
        with self._lock:
            if self._stopping.is_set():
                return
            sockets, port, admission = self._sockets, self._port, self._admission
            if sockets is None or port is None or admission is None:
                raise BridgeError("The bridge is not open.", cure="Call open(port) before run().")
            self._running = True
        try:
            with Announcement(self._config.announce, sockets.addresses()), selectors.DefaultSelector() as selector:
                desk = Desk(port, self._config, monotonic_ns, time.time_ns)
                self.counters = desk.counters
                _Loop(sockets, admission, desk, selector, self._config).serve(port, self._stopping)
        finally:
            sockets.close()

    def stop(self) -> None:
        """[any] Make ``run`` return soon."""
        self._stopping.set()
        with self._lock:
            if not self._running and self._sockets is not None:
                self._sockets.close()
                self._sockets = None


class _Loop:
    """All sockets on one thread."""

    def __init__(
        self, sockets: Sockets, admission: Admission, desk: Desk, selector: selectors.BaseSelector, config: OscConfig
    ) -> None:
        self._admission = admission
        self._desk = desk
        self._selector = selector
        self._config = config
        self._streams: list[Stream] = []
        self._notices: deque[AnyNotice] = deque()
        self._senders: dict[tuple[object, ...], Callable[[bytes], None]] = {}
        self._shutter = Shutter(sockets.udp)
        desk.complaints.flooded = self._shut_out
        self._listen(sockets.udp, partial(self._datagrams, sockets.udp))
        self._listen(sockets.tcp, partial(self._accept, sockets.tcp, lambda stream: OscTalk(stream, desk)))
        if sockets.query is not None:
            query = QueryServer(desk, sockets.addresses())
            self._listen(sockets.query, partial(self._accept, sockets.query, query.talk))
        if sockets.replies is not None:
            self._listen(sockets.replies, partial(self._datagrams, sockets.replies))
        for preset in presets_of(config):
            if preset.address is not None:
                source = sockets.replies if preset.name == "ableton" and sockets.replies else sockets.udp
                desk.connect(preset, partial(self._send, source, preset.address))
            else:
                desk.connect(preset, lambda packet: None)

    def serve(self, port: SessionPort, stopping: threading.Event) -> None:
        """Until told to stop."""
        bell, far = socket.socketpair()
        for end in (bell, far):
            end.setblocking(False)
        self._listen(bell, partial(self._rung, bell))
        waiter = threading.Thread(
            target=self._wait_notices, args=(port, far, stopping), name="hobnail-osc-notices", daemon=True
        )
        waiter.start()
        look_ns = 0
        try:
            while not stopping.is_set():
                for key, events in self._selector.select(self._desk.patience_s()):
                    ready: Ready = key.data
                    ready(events, monotonic_ns())
                while self._notices:
                    self._safely(self._desk.notice, self._notices.popleft())
                self._safely(self._desk.tick)
                if (now_ns := monotonic_ns()) >= look_ns:
                    look_ns = now_ns + _LOOK_NS
                    self._shutter.tick(now_ns)
                    self._desk.counters.dropped = self._shutter.dropped()
        finally:
            stopping.set()
            waiter.join()
            for stream in self._streams:
                stream.close()
            bell.close()
            far.close()

    def _listen(self, listener: socket.socket, ready: Ready) -> None:
        self._selector.register(listener, selectors.EVENT_READ, ready)

    def _datagrams(self, udp: socket.socket, _events: int, now_ns: int) -> None:
        """A bounded number of datagrams: others wait too."""
        take = self._desk.take
        ends_ns = now_ns + _ROUND_NS
        for _ in range(self._config.limits.packets_per_round):
            try:
                data, place = udp.recvfrom(_DATAGRAM_BYTES)
            except BlockingIOError:
                return
            except OSError:  # Windows tells here that an answer did not arrive
                continue
            now_ns = monotonic_ns()
            if not self._admission.admits(place[0]):
                self._desk.counters.strangers += 1
            elif not self._shutter.passes_over(place):
                self._safely(take, data, place, self._sender(udp, place), now_ns)
            if now_ns > ends_ns:
                return

    def _shut_out(self, key: Hashable) -> None:
        match key:
            case (str(host), int(port)) if blocked_ns := self._shutter.block((host, port), monotonic_ns()):
                self._desk.counters.shut_out += 1
                seconds = blocked_ns // 10**9
                _log.warning("%s port %d sends nothing but garbage and is shut out for %d s.", host, port, seconds)

    def _sender(self, udp: socket.socket, place: tuple[object, ...]) -> Callable[[bytes], None]:
        sender = self._senders.get(place)
        if sender is None:
            if len(self._senders) >= 4 * self._config.limits.peers:
                self._senders.clear()
            sender = self._senders[place] = partial(self._send, udp, place)
        return sender

    def _send(self, udp: socket.socket, place: tuple[object, ...], packet: bytes) -> None:
        try:
            udp.sendto(packet, place)
        except OSError:  # its buffer is full, or nobody is there
            self._desk.counters.unsent += 1

    def _accept(self, listener: socket.socket, start: Callable[[Stream], Talk], _events: int, now_ns: int) -> None:
        try:
            connection, place = listener.accept()
        except OSError:
            return
        self._streams = [stream for stream in self._streams if not stream.closed]
        if not self._admission.admits(place[0]):
            self._desk.counters.strangers += 1
            connection.close()
            return
        if len(self._streams) >= self._config.limits.connections:
            silent = min(self._streams, key=lambda stream: stream.heard_ns)
            if now_ns - silent.heard_ns < _IDLE_NS:
                self._desk.counters.strangers += 1
                connection.close()
                return
            silent.close()
        with suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._streams.append(Stream(connection, self._selector, start, now_ns))

    def _rung(self, bell: socket.socket, _events: int, _now_ns: int) -> None:
        with suppress(BlockingIOError):
            bell.recv(4096)

    def _wait_notices(self, port: SessionPort, far: socket.socket, stopping: threading.Event) -> None:
        while not stopping.is_set():
            notices = [notice for notice in port.wait_notices(_NOTICE_WAIT_S) if not isinstance(notice, MetricsNotice)]
            if notices:
                self._notices.extend(notices)
                with suppress(OSError):  # it rings already, or nobody listens any more
                    far.send(b"!")

    def _safely(self, do: Callable[..., None], *args: object) -> None:
        try:
            do(*args)
        except Exception:  # our own bug; the next packet must not pay for it
            self._desk.counters.faults += 1
            _log.exception("The OSC bridge stumbled and goes on.")
