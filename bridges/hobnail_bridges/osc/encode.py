"""Packets to bytes. Only i, f and s are ever sent: every peer understands them. Pure."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from typing import Final

from hobnail_bridges.osc.packets import IMMEDIATELY

MAX_SENT_BYTES: Final = 1024
"""Reaper's default limit for what it receives; nothing that we send is longer."""

SendArgument = int | float | str

_INT_MAX = (1 << 31) - 1
_FLOAT_MAX = 3.4028234663852886e38


def encode_message(address: str, *args: SendArgument) -> bytes:
    """A message. Integers beyond 32 bits and floats beyond float32 are held at the end; texts are cut to fit."""
    tags = [","]
    parts: list[bytes] = []
    room = MAX_SENT_BYTES - len(address) - len(args) - 16 - 4 * len(args)
    for arg in args:
        if isinstance(arg, str):
            data = cut(arg, max(0, room))
            room -= len(data) + 4
            tags.append("s")
            parts.append(padded(data))
        elif isinstance(arg, int):
            tags.append("i")
            parts.append(struct.pack(">i", max(-_INT_MAX - 1, min(_INT_MAX, int(arg)))))
        else:
            value = 0.0 if math.isnan(arg) else max(-_FLOAT_MAX, min(_FLOAT_MAX, arg))
            tags.append("f")
            parts.append(struct.pack(">f", value))
    return b"".join((padded(address.encode()), padded("".join(tags).encode()), *parts))


def encode_bundle(elements: Sequence[bytes], timetag: int = IMMEDIATELY) -> bytes:
    """A bundle of packets that are bytes already."""
    sized = (struct.pack(">i", len(element)) + element for element in elements)
    return b"".join((b"#bundle\0", struct.pack(">Q", timetag), *sized))


def cut(text: str, size: int) -> bytes:
    """At most ``size`` bytes of a text as UTF-8, never ending inside a character; NUL would end it and is left out."""
    return text.replace("\0", "").encode()[:size].decode(errors="ignore").encode()


def padded(data: bytes) -> bytes:
    """A text's bytes with the NULs that end it."""
    return data + b"\0" * (4 - len(data) % 4)
