"""How much a client is told about its faults. No clocks inside: the time is passed in."""

from __future__ import annotations

import msgspec

from hobnail.protocol import ErrorMessage
from hobnail_native import TokenBucket

ERROR_DIGEST_NS = 100_000_000


class ErrorDigest:
    """Passes a client's errors on, and puts them together when there are too many. [one thread]

    Within the budget each error goes out at once. Beyond it, one error per code stands for all of the last 100 ms:
    the newest one, with their ``count``; ``re`` is then left out, unless there was only one.
    """

    def __init__(self, per_s: int, now_ns: int) -> None:
        self._budget = TokenBucket(per_s, per_s, now_ns)
        self._kept: dict[str, ErrorMessage] = {}
        self._due_ns = 0

    @property
    def due_ns(self) -> int | None:
        """When the kept errors must go out; None: there are none."""
        return self._due_ns if self._kept else None

    def add(self, error: ErrorMessage, now_ns: int) -> ErrorMessage | None:
        """The error, if it may go out now; otherwise it is kept."""
        if error.code not in self._kept and self._budget.take(now_ns):
            return error
        if not self._kept:
            self._due_ns = now_ns + ERROR_DIGEST_NS
        before = self._kept.get(error.code)
        if before is not None:
            error = msgspec.structs.replace(error, re=None, count=before.count + error.count)
        self._kept[error.code] = error
        return None

    def take_due(self, now_ns: int) -> list[ErrorMessage]:
        """The kept errors, once their 100 ms are over."""
        if not self._kept or now_ns < self._due_ns:
            return []
        kept = list(self._kept.values())
        self._kept.clear()
        return kept
