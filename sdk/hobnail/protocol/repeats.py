"""Frame messages that differ from an earlier one in their numbers alone, as a game sends them tick after tick.

::

    85 "type" "frame" "v" 1 │ "seq" n │ "emitters" [...] "columns" [...] "data" bin(L) │ L bytes
    ──────── always ────────┼── any ──┼──────────────── head: remembered ──────────────┼─ rows ──

The head holds the names and ends with the length of the rows. Where it is byte for byte that of a message that was
decoded and checked before, nothing but ``seq`` and the rows can differ, and only those are looked at.
"""

from __future__ import annotations

from typing import Final

from hobnail.protocol.messages import PROTOCOL, FrameMessage
from hobnail.protocol.rows import check_rows
from hobnail_native import split_frame

_MOST_HEADS: Final = 512
_LONGEST_HEAD: Final = 4096


class FrameHeads:
    """What is remembered of frame messages; of many, the newest. [any]"""

    def __init__(self) -> None:
        self._heads: dict[bytes, tuple[FrameMessage, int, int]] = {}  # -> (message, rows' bytes, columns)

    def read(self, data: bytes) -> FrameMessage | None:
        """The message, if only its numbers are new. Raises MessageError for numbers that are refused."""
        parts = split_frame(data)
        known = None if parts is None else self._heads.get(parts[1])
        if parts is None or known is None:
            return None
        seq, _, rows = parts
        message, size, columns = known
        if len(rows) != size:
            return None
        check_rows(rows, columns)
        return FrameMessage(v=PROTOCOL, seq=seq, emitters=message.emitters, columns=message.columns, data=rows)

    def note(self, data: bytes, message: FrameMessage) -> None:
        """Remember the head of a message that was decoded and checked."""
        parts = split_frame(data)
        if parts is None or len(parts[1]) > _LONGEST_HEAD or parts[2] != message.data:
            return
        if (message.values, message.id, message.at) != (None, None, None):
            return
        while len(self._heads) >= _MOST_HEADS:
            del self._heads[next(iter(self._heads))]
        columns = len(message.data) // (4 * len(message.emitters))
        self._heads[parts[1]] = (message, len(message.data), columns)
