"""Messages between us and a plug-in's process: four bytes of length and a MessagePack map."""

from __future__ import annotations

import struct
from typing import IO, Any

import msgspec


def read(file: IO[bytes]) -> dict[str, Any] | None:
    """The next message; None at the end."""
    head = file.read(4)
    if head is None or len(head) < 4:
        return None
    size = struct.unpack("<I", head)[0]
    data = b""
    while len(data) < size:
        more = file.read(size - len(data))
        if not more:
            return None
        data += more
    decoded: dict[str, Any] = msgspec.msgpack.decode(data)
    return decoded


def write(file: IO[bytes], message: dict[str, Any]) -> None:
    """Send a message."""
    data = msgspec.msgpack.encode(message)
    whole = memoryview(struct.pack("<I", len(data)) + data)
    while whole:
        whole = whole[file.write(whole) :]
    file.flush()
