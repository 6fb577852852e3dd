"""What the session was asked and has not answered yet. [io]"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Literal

import msgspec

_KEPT = 65_536

Kind = Literal["command", "control", "event", "create", "implicit", "palette", "remove"]


class Request(msgspec.Struct, frozen=True):
    """Who asked for what, so that the answer finds its way back."""

    kind: Kind
    peer: Hashable
    address: str
    emitter: str = ""
    word: str = ""
    value: float = 0.0


class Requests:
    """Requests by number; one that is never answered falls off in the end."""

    def __init__(self) -> None:
        self._open: OrderedDict[int, Request] = OrderedDict()
        self._next = 0

    def add(self, request: Request) -> int:
        """Remember a request; its number."""
        self._next += 1
        self._open[self._next] = request
        if len(self._open) > _KEPT:
            self._open.popitem(last=False)
        return self._next

    def take(self, number: int | None) -> Request | None:
        """The request that is answered, if it is remembered."""
        return None if number is None else self._open.pop(number, None)
