"""Packets in a TCP stream: SLIP (OSC 1.1) or a length before each (OSC 1.0); the first byte tells which. Pure."""

from __future__ import annotations

import struct
from typing import Final, Protocol

from hobnail.errors import MessageError
from hobnail_bridges.osc.decode import MAX_PACKET_BYTES

_END: Final = 0xC0
_ESCAPE: Final = 0xDB
_ESCAPED: Final = {0xDC: 0xC0, 0xDD: 0xDB}


class Framing(Protocol):
    """How packets stand in a stream, one direction each."""

    def feed(self, data: bytes) -> list[bytes]:
        """Packets that are complete now. Raises MessageError when the stream cannot be read any further."""

    def wrap(self, packet: bytes) -> bytes:
        """A packet as it goes into the stream."""


def framing_for(first: int) -> Framing:
    """The framing of a stream that begins with this byte: END begins SLIP, a length below 16 MiB begins with 0."""
    if first == _END:
        return Slip()
    if first == 0:
        return LengthPrefix()
    problem = f"The stream begins with byte {first}."
    cure = "Frame packets with SLIP (END before and after) or with a 32-bit big-endian length."
    raise MessageError("malformed", problem, cure=cure)


class LengthPrefix:
    """A 32-bit big-endian length before each packet."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Packets that are complete now."""
        buffer = self._buffer
        buffer += data
        packets = []
        at = 0
        while len(buffer) - at >= 4:
            (size,) = struct.unpack_from(">I", buffer, at)
            if size > MAX_PACKET_BYTES:
                raise _too_large()
            if len(buffer) - at - 4 < size:
                break
            packets.append(bytes(buffer[at + 4 : at + 4 + size]))
            at += 4 + size
        del buffer[:at]
        return packets

    def wrap(self, packet: bytes) -> bytes:
        """A packet after its length."""
        return struct.pack(">I", len(packet)) + packet


class Slip:
    """END, the packet with END and ESC escaped, END. A packet with a broken escape is passed on, cut there."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Packets that are complete now; empty ones, between two ENDs, are none."""
        *complete, rest = (bytes(self._buffer) + data).split(b"\xc0")
        self._buffer = bytearray(rest)
        if len(rest) > 2 * MAX_PACKET_BYTES:  # every byte may be escaped
            raise _too_large()
        return [_unescaped(piece) for piece in complete if piece]

    def wrap(self, packet: bytes) -> bytes:
        """A packet between two ENDs."""
        return b"\xc0" + packet.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc") + b"\xc0"


def _unescaped(piece: bytes) -> bytes:
    first, *others = piece.split(b"\xdb")
    out = bytearray(first)
    for other in others:
        meant = _ESCAPED.get(other[0]) if other else None
        if meant is None:
            break  # the decoder refuses what is left, and the next packet is not touched
        out.append(meant)
        out += other[1:]
    return bytes(out)


def _too_large() -> MessageError:
    cure = f"Send packets of at most {MAX_PACKET_BYTES} bytes, and one framing all along."
    return MessageError("too_large", "A packet in the stream is too large, or its length is none.", cure=cure)
