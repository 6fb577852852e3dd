"""The engine process's ends of the link: commands in, notices out."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from multiprocessing.connection import Connection

import msgspec

from hobnail.commands import AnyCommand
from hobnail.inbox import LocalInbox
from hobnail.link.doorbell import Ringer, Waiter
from hobnail.link.memory import SharedLink
from hobnail.notices import AnyNotice

_log = logging.getLogger(__name__)


class SharedInbox:
    """Commands from the bridge process, and from this one. Implements :class:`hobnail.inbox.Inbox`."""

    def __init__(self, link: SharedLink, bell: Connection, local: LocalInbox) -> None:
        self._queue = link.commands
        self._waiter = Waiter(link.commands, bell)
        self._decoder = msgspec.msgpack.Decoder(AnyCommand)
        self._local = local

    def wait(self, timeout_s: float) -> None:
        """[engine] Sleep until the bridge process rings or the time is up."""
        self._waiter.wait(timeout_s)

    def wake(self) -> None:
        """[any] End a sleep, or the next one."""
        self._waiter.wake()

    def drain(self, limit: int) -> Sequence[AnyCommand]:
        """[engine] Take up to ``limit`` commands."""
        taken: list[AnyCommand] = list(self._local.drain(limit))
        while len(taken) < limit and (message := self._queue.pop()) is not None:
            taken.append(self._decoder.decode(message))
        return taken


class NoticePusher:
    """Notices to the bridge process. When its queue is full they are counted and dropped, never waited for."""

    def __init__(self, link: SharedLink, bell: Connection) -> None:
        self._ringer = Ringer(link.notices, bell)
        self._encoder = msgspec.msgpack.Encoder()
        self.dropped = 0

    def post(self, notices: Sequence[AnyNotice]) -> None:
        """[engine] Send notices."""
        try:
            self.dropped += len(notices) - self._ringer.push(map(self._encoder.encode, notices))
        except OSError as error:  # the bridge process is gone; it is being restarted
            _log.debug("The bridge process was not woken: %s", error)
