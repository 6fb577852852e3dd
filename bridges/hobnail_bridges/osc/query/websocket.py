"""WebSocket frames (RFC 6455), the server's side. Pure."""

from __future__ import annotations

import base64
import hashlib
import struct
from typing import Final

import msgspec

from hobnail.errors import MessageError
from hobnail_bridges.osc.decode import MAX_PACKET_BYTES

_KEY: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class Message(msgspec.Struct, frozen=True):
    """A whole message, or a control frame."""

    opcode: int
    data: bytes


def accept_key(key: str) -> str:
    """The answer to ``Sec-WebSocket-Key``."""
    return base64.b64encode(hashlib.sha1(key.encode() + _KEY, usedforsecurity=False).digest()).decode()


def frame(opcode: int, data: bytes) -> bytes:
    """One unmasked frame, as servers send them."""
    size = len(data)
    if size < 126:
        head = struct.pack(">BB", 0x80 | opcode, size)
    elif size < 65_536:
        head = struct.pack(">BBH", 0x80 | opcode, 126, size)
    else:
        head = struct.pack(">BBQ", 0x80 | opcode, 127, size)
    return head + data


class Reader:
    """Frames of a client, put together to messages. Raises MessageError at the first that breaks the rules."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._opcode = 0
        self._parts = bytearray()

    def feed(self, data: bytes) -> list[Message]:
        """Messages that are complete now."""
        self._buffer += data
        messages: list[Message] = []
        while (frame := self._next()) is not None:
            final, opcode, payload = frame
            if opcode >= CLOSE:
                messages.append(Message(opcode, payload))
                continue
            if (opcode == 0) == (self._opcode == 0):
                raise _broken("A message begins in the middle of another, or nowhere.")
            self._opcode = opcode or self._opcode
            self._parts += payload
            if len(self._parts) > MAX_PACKET_BYTES:
                raise _broken("A message is too large.")
            if final:
                messages.append(Message(self._opcode, bytes(self._parts)))
                self._opcode = 0
                self._parts.clear()
        return messages

    def _next(self) -> tuple[bool, int, bytes] | None:
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        opcode, size = buffer[0] & 0x0F, buffer[1] & 0x7F
        control = opcode >= CLOSE
        if buffer[0] & 0x70 or not buffer[1] & 0x80 or opcode not in (0, TEXT, BINARY, CLOSE, PING, PONG):
            raise _broken("A frame is not masked, or of an unknown kind.")
        if control and (size > 125 or not buffer[0] & 0x80):
            raise _broken("A control frame is too large or in pieces.")
        at = 2
        if size >= 126:
            at = 4 if size == 126 else 10
            if len(buffer) < at:
                return None
            (size,) = struct.unpack_from(">H" if at == 4 else ">Q", buffer, 2)
        if size > MAX_PACKET_BYTES:
            raise _broken("A frame is too large.")
        if len(buffer) < at + 4 + size:
            return None
        mask = bytes(buffer[at : at + 4])
        masked = bytes(buffer[at + 4 : at + 4 + size])
        final = bool(buffer[0] & 0x80)
        del buffer[: at + 4 + size]
        key = int.from_bytes((mask * (size // 4 + 1))[:size], "big")
        return final, opcode, (int.from_bytes(masked, "big") ^ key).to_bytes(size, "big")


def _broken(problem: str) -> MessageError:
    return MessageError("malformed", problem, cure="Send masked WebSocket frames of at most 64 KiB.")
