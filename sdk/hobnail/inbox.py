"""How commands reach the engine thread and notices leave it, when everyone lives in one process."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from typing import Protocol

from hobnail.commands import AnyCommand
from hobnail.notices import AnyNotice


class Inbox(Protocol):
    """Where the engine thread finds its commands."""

    def wait(self, timeout_s: float) -> None:
        """[engine] Sleep until a command is there or the time is up."""

    def wake(self) -> None:
        """[any] End a sleep, or the next one."""

    def drain(self, limit: int) -> Sequence[AnyCommand]:
        """[engine] Take up to ``limit`` commands, oldest first."""


class LocalInbox:
    """A bounded queue inside one process. Any thread submits, the engine thread takes."""

    def __init__(self, capacity: int = 8192) -> None:
        self._commands: deque[AnyCommand] = deque()
        self._capacity = capacity
        self._arrived = threading.Event()

    def submit(self, command: AnyCommand) -> bool:
        """[any] Hand over a command; False when the queue is full."""
        if len(self._commands) >= self._capacity:
            return False
        self._commands.append(command)
        self._arrived.set()
        return True

    def wait(self, timeout_s: float) -> None:
        """[engine] Sleep until a command is there or the time is up."""
        if self._arrived.wait(timeout_s):
            self._arrived.clear()

    def wake(self) -> None:
        """[any] End a sleep, or the next one."""
        self._arrived.set()

    def drain(self, limit: int) -> Sequence[AnyCommand]:
        """[engine] Take up to ``limit`` commands, oldest first."""
        taken: list[AnyCommand] = []
        while self._commands and len(taken) < limit:
            taken.append(self._commands.popleft())
        if self._commands:
            self._arrived.set()
        return taken


class NoticeBoard:
    """Notices kept for whoever asks; the oldest fall off when nobody does."""

    def __init__(self, capacity: int = 8192) -> None:
        self._notices: deque[AnyNotice] = deque(maxlen=capacity)
        self._changed = threading.Condition()

    def post(self, notices: Sequence[AnyNotice]) -> None:
        """[engine] Put notices up."""
        with self._changed:
            self._notices.extend(notices)
            self._changed.notify_all()

    def take(self, timeout_s: float) -> list[AnyNotice]:
        """[any] Take all notices, waiting for the first; empty on timeout."""
        with self._changed:
            if not self._notices:
                self._changed.wait(timeout_s)
            taken = list(self._notices)
            self._notices.clear()
        return taken
