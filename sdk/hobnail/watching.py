"""What comes to the doors, for whoever wants to watch: off until somebody does, bounded when on, never in the way.

Bridges call :meth:`Watch.saw` with what arrived and with what was refused. While nobody watches that is one look at
``on``. While somebody does, it is a copy of at most :data:`SEEN_BYTES` bytes, so many times a second and no more: what
goes beyond is counted, not shown. Faults have a budget of their own, so that a flood of frames cannot hide them.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Final

import msgspec

from hobnail.errors import ErrorCode, MessageError

SEEN_BYTES: Final = 4096
MESSAGES_PER_TENTH: Final = 50
FAULTS_PER_TENTH: Final = 10
_TENTH_NS: Final = 100_000_000
_WAITING: Final = 4 * (MESSAGES_PER_TENTH + FAULTS_PER_TENTH)


class Fault(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a message was refused, as its sender is told."""

    code: ErrorCode
    path: str = "$"
    problem: str
    cure: str = ""


class Seen(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message that came to a door, or the refusal of an earlier one by the session (``data`` is then empty)."""

    door: str  #: id of the bridge
    client: str  #: the sender's name; "" before it has said hello
    ns: int  #: monotonic ns of the server when it came
    size: int = 0  #: bytes that came
    data: bytes = b""  #: of these the first 4096, for doors that speak MessagePack
    text: str = ""  #: what other doors made of it, for people
    units_per_metre: float = 1.0  #: as the sender said in its hello
    fault: Fault | None = None  #: None: it was taken
    re: int | None = None  #: the request that a later refusal answers
    missed: int = 0  #: messages before this one that were not shown


class Watch:
    """Where the bridges of one process put what they see. [any]"""

    def __init__(self) -> None:
        self.on = False
        self._lock = threading.Lock()
        self._seen: deque[Seen] = deque()
        self._tenth = 0
        self._messages = 0
        self._faults = 0
        self._missed = 0

    def turn(self, *, on: bool) -> None:
        """Begin or end; what nobody has taken is then forgotten."""
        with self._lock:
            self.on = on
            self._seen.clear()
            self._missed = 0

    def saw(self, seen: Seen, error: MessageError | None = None) -> None:
        """Something came, or was refused because of ``error``. Never waits, never raises."""
        if not self.on:
            return
        with self._lock:
            if not self._allowed(seen.ns, fault=error is not None or seen.fault is not None):
                self._missed += 1
                return
            changes: dict[str, object] = {"data": bytes(seen.data[:SEEN_BYTES]), "missed": self._missed}
            if error is not None:
                changes["fault"] = Fault(code=error.code, path=error.path, problem=error.problem, cure=error.cure)
            self._missed = 0
            self._seen.append(msgspec.structs.replace(seen, **changes))

    def take(self) -> list[Seen]:
        """All that was seen since the last call."""
        with self._lock:
            seen = list(self._seen)
            self._seen.clear()
        return seen

    def _allowed(self, now_ns: int, *, fault: bool) -> bool:
        if now_ns // _TENTH_NS != self._tenth:
            self._tenth, self._messages, self._faults = now_ns // _TENTH_NS, 0, 0
        if len(self._seen) >= _WAITING:
            return False
        if fault:
            self._faults += 1
            return self._faults <= FAULTS_PER_TENTH
        self._messages += 1
        return self._messages <= MESSAGES_PER_TENTH
