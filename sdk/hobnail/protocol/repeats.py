"""Frame messages that differ from an earlier one in their numbers alone, as a game sends them tick after tick.

::

    85 "type" "frame" "v" 1 │ "seq" n │ "emitters" [...] "columns" [...] "data" bin(L) │ L bytes
    ──────── always ────────┼── any ──┼──────────────── head: remembered ──────────────┼─ rows ──

The head holds the names and ends with the length of the rows. Where it is byte for byte that of a message that was
decoded and checked before, nothing but ``seq`` and the rows can differ, and only those are looked at.
"""

from __future__ import annotations

from typing import Final

from hobnail.protocol.limits import MAX_REQUEST
from hobnail.protocol.messages import PROTOCOL, FrameMessage
from hobnail.protocol.rows import check_rows

_MOST_HEADS: Final = 512
_LONGEST_HEAD: Final = 4096
_TYPE: Final = b"\xa4type\xa5frame"
_VERSION: Final = b"\xa1v\x01"
_OPENINGS: Final = (_TYPE + _VERSION, _VERSION + _TYPE)
_SEQ: Final = b"\xa3seq"
_DATA: Final = b"\xa4data"
_NUMBER_BYTES: Final = {0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8}


class FrameHeads:
    """What is remembered of frame messages; of many, the newest. [any]"""

    def __init__(self) -> None:
        self._heads: dict[bytes, tuple[FrameMessage, int, int]] = {}  # -> (message, rows' bytes, columns)

    def read(self, data: bytes) -> FrameMessage | None:
        """The message, if only its numbers are new. Raises MessageError for numbers that are refused."""
        parts = _split(data)
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
        parts = _split(data)
        if parts is None or len(parts[1]) > _LONGEST_HEAD or parts[2] != message.data:
            return
        if (message.values, message.id, message.at) != (None, None, None):
            return
        while len(self._heads) >= _MOST_HEADS:
            del self._heads[next(iter(self._heads))]
        columns = len(message.data) // (4 * len(message.emitters))
        self._heads[parts[1]] = (message, len(message.data), columns)


def _split(data: bytes) -> tuple[int | None, bytes, bytes] | None:
    """(seq, head with the number of fields, rows); None for whatever looks otherwise."""
    start, seq = 15, None
    if data[1:start] not in _OPENINGS:
        if not (data.startswith(_VERSION, 1) and data.endswith(_TYPE)):  # our C++ client says the type last
            return None
        start, data = 1 + len(_VERSION), data[: -len(_TYPE)]
    fields = data[0]
    if not 0x80 < fields <= 0x8F:
        return None
    if data.startswith(_SEQ, start):
        read = _number(data, start + len(_SEQ))
        if read is None:
            return None
        seq, start = read
        fields -= 1  # the head is the same with it and without
    at = data.find(_DATA, start) + len(_DATA)
    wide = data[at] - 0xC3 if start < at < len(data) else 0  # bin 8, 16 and 32
    if not 1 <= wide <= 3:
        return None
    rows = at + 1 + (1, 2, 4)[wide - 1]
    return seq, bytes((fields,)) + data[start:rows], data[rows:]


def _number(data: bytes, at: int) -> tuple[int, int] | None:
    """(an unsigned number, where it ends); None for anything else, and for what is too large."""
    first = data[at] if at < len(data) else 0xC0
    if first < 0x80:
        return first, at + 1
    size = _NUMBER_BYTES.get(first, 0)
    number = int.from_bytes(data[at + 1 : at + 1 + size], "big")
    return (number, at + 1 + size) if 0 < size <= len(data) - at - 1 and number <= MAX_REQUEST else None
