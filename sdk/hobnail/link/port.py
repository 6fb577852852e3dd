"""The bridge process's end of the link: one port per bridge over one pair of queues."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from multiprocessing.connection import Connection
from typing import Final

import msgspec

from hobnail.commands import AnyCommand, SetFeatures, SetTap, packed
from hobnail.config import Config
from hobnail.contracts import BridgeClients, Float32, SessionInfo
from hobnail.link.doorbell import Ringer, Waiter
from hobnail.link.memory import SharedLink
from hobnail.notices import AnyNotice, LatencyNotice, MetricsNotice
from hobnail.watching import Watch

_TAP_READ_FRAMES: Final = 4096
_KEPT_NOTICES: Final = 8192


class SharedPort:
    """A session in another process, as one bridge sees it. Implements :class:`hobnail.contracts.SessionPort`."""

    def __init__(
        self,
        link: SharedLink,
        commands: CommandPusher,
        info: SessionInfo,
        clients: BridgeClients,
        addresses_before: Mapping[str, str],
        watch: Watch | None = None,
        config: Config | None = None,
    ) -> None:
        self._config = config or Config()
        self._link = link
        self._commands = commands
        self._info = info
        self._clients = clients
        self._addresses_before = addresses_before
        self._watch = watch or Watch()
        self._stereo_taps: set[int] = set()
        self._notices: deque[AnyNotice] = deque(maxlen=_KEPT_NOTICES)
        self._changed = threading.Condition()

    @property
    def info(self) -> SessionInfo:
        """[io] What the session is."""
        return self._info

    @property
    def config(self) -> Config:
        """[io] How the session was configured."""
        return self._config

    @property
    def clients(self) -> BridgeClients:
        """[io] The client numbers that this bridge may hand out."""
        return self._clients

    @property
    def addresses_before(self) -> Mapping[str, str]:
        """[io] Where this bridge was open before its process was lost."""
        return self._addresses_before

    @property
    def watch(self) -> Watch:
        """[any] What the bridges of this process have seen."""
        return self._watch

    def now(self) -> tuple[int, int]:
        """[io] The session clock: (frame, monotonic ns at which that frame was due)."""
        return self._link.clock.read()

    def submit(self, command: AnyCommand) -> bool:
        """[io] Hand over a command; False when the queue is full: for frames already when it is half full.

        Frames come again; behind an engine that is held up they must not take the room of events.
        """
        if isinstance(command, SetFeatures) and self._commands.half_full:
            return False
        if isinstance(command, SetTap):
            self._note_tap(command)
        return self._commands.push((packed(command),)) == 1

    def submit_frames(self, frames: Sequence[bytes]) -> int:
        """[io] Hand over packed features; how many were taken before the queue was half full."""
        return self._commands.push(takewhile(lambda _: not self._commands.half_full, frames))

    def wait_notices(self, timeout_s: float) -> Sequence[AnyNotice]:
        """[io] Notices for this bridge's clients; empty on timeout."""
        with self._changed:
            if not self._notices:
                self._changed.wait(timeout_s)
            taken = list(self._notices)
            self._notices.clear()
        return taken

    def read_tap(self, tap: int) -> tuple[int, Float32]:
        """[io] What is new on an audio tap, stamped with the frame of its first sample."""
        rings = self._link.taps[tap]
        return (rings.stereo if tap in self._stereo_taps else rings.mono).read_stamped(_TAP_READ_FRAMES)

    def deliver(self, notice: AnyNotice) -> None:
        """[io] Keep a notice for this bridge if it concerns one of its clients, or everyone."""
        first, count = self._clients.first, self._clients.count
        if isinstance(notice, MetricsNotice | LatencyNotice) or first <= notice.client < first + count:
            with self._changed:
                self._notices.append(notice)
                self._changed.notify()

    def _note_tap(self, command: SetTap) -> None:
        rings = self._link.taps[command.tap]
        stale = rings.stereo if command.topic == "mix" else rings.mono
        while len(stale.read(_TAP_READ_FRAMES)):
            pass  # what an earlier subscriber left behind
        if command.topic == "mix":
            self._stereo_taps.add(command.tap)
        else:
            self._stereo_taps.discard(command.tap)


class CommandPusher:
    """Puts the commands of several bridges into the one queue. [any]"""

    def __init__(self, link: SharedLink, bell: Connection) -> None:
        self._queue = link.commands
        self._ringer = Ringer(link.commands, bell)
        self._lock = threading.Lock()

    @property
    def half_full(self) -> bool:
        """Whether the queue holds more than half of what it can."""
        queue = self._queue
        return 2 * queue.used_bytes > queue.capacity_bytes

    def push(self, commands: Iterable[bytes]) -> int:
        """Hand over packed commands; how many the queue took."""
        with self._lock:
            return self._ringer.push(commands)


class NoticeRouter:
    """Brings notices from the queue to the ports. [one thread]"""

    def __init__(self, link: SharedLink, bell: Connection, ports: Sequence[SharedPort]) -> None:
        self._queue = link.notices
        self._waiter = Waiter(link.notices, bell)
        self._decoder = msgspec.msgpack.Decoder(AnyNotice)
        self._ports = ports

    def route(self, timeout_s: float) -> None:
        """Wait for notices and deliver all that are there."""
        self._waiter.wait(timeout_s)
        while (message := self._queue.pop()) is not None:
            notice = self._decoder.decode(message)
            for port in self._ports:
                port.deliver(notice)
