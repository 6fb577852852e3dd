"""Bytes to packets, strictly: whatever the bytes, the answer is a packet or a MessageError, soon. Pure.

Sizes, depth, tags and texts are checked before anything is built from them. What OSC 1.0 asks to tolerate is
tolerated: a message without type tags and arguments. Bytes after a text's or blob's end are padding, whatever they are.
"""

from __future__ import annotations

import struct
from typing import Final

from hobnail.errors import MessageError
from hobnail_bridges.osc.packets import IMMEDIATELY, Argument, OscBundle, OscMessage, Packet

MAX_PACKET_BYTES: Final = 65_536
MAX_DEPTH: Final = 8  #: bundles in bundles
MAX_MESSAGES: Final = 1024  #: in one packet, over all its bundles
MAX_ARGUMENTS: Final = 256
MAX_ADDRESS: Final = 255  #: characters

_BUNDLE: Final = b"#bundle\0"
_SLASH: Final = 0x2F
_INT = struct.Struct(">i").unpack_from
_FLOAT = struct.Struct(">f").unpack_from
_LONG = struct.Struct(">q").unpack_from
_DOUBLE = struct.Struct(">d").unpack_from
_TAG = struct.Struct(">Q").unpack_from
_UNSIGNED = struct.Struct(">I").unpack_from
_CONSTANTS: Final[dict[str, Argument]] = {"T": True, "F": False, "N": None, "I": True}
_FOUR: Final = frozenset("ifcrm")
_EIGHT: Final = frozenset("hdt")
_TEXTS: Final = frozenset("sS")
_FOR_THE_TAGS = "Send arguments of the types i, f, s, b, h, d, t, c, r, m, S, T, F, N or I."


def decode(data: bytes) -> Packet:
    """The packet in ``data``. Raises MessageError ``too_large``, ``malformed`` or ``bad_type``."""
    size = len(data)
    if size > MAX_PACKET_BYTES:
        cure = f"Send at most {MAX_PACKET_BYTES} bytes at once."
        raise MessageError("too_large", f"The packet has {size} bytes.", cure=cure)
    if not size or size % 4:
        raise _malformed(f"The packet has {size} bytes; OSC packets are multiples of 4 long, and not empty.")
    if data[0] == _SLASH:
        return _message(data, 0, size)
    return _Bundles(data).bundle(0, size, depth=1, outer=IMMEDIATELY)


class _Bundles:
    """Reads one packet that is a bundle, and counts what it holds."""

    __slots__ = ("_data", "_messages")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._messages = 0

    def bundle(self, start: int, end: int, *, depth: int, outer: int) -> OscBundle:
        data = self._data
        if data[start : start + 8] != _BUNDLE or end - start < 16:
            raise _malformed(f"Byte {start} begins neither a message ('/') nor a bundle ('#bundle' and a time tag).")
        if depth > MAX_DEPTH:
            raise _malformed(f"Bundles are nested more than {MAX_DEPTH} deep.")
        (timetag,) = _TAG(data, start + 8)
        if timetag not in (IMMEDIATELY, outer) and timetag < outer != IMMEDIATELY:
            raise _malformed(f"The bundle at byte {start} is to happen before the bundle that it is in.")
        held = outer if timetag == IMMEDIATELY else timetag
        at = start + 16
        elements: list[Packet] = []
        while at < end:
            if end - at < 8:
                raise _malformed(f"The bundle ends in the middle of the element at byte {at}.")
            (size,) = _INT(data, at)
            at += 4
            if size <= 0 or size % 4 or size > end - at:
                raise _malformed(f"The element at byte {at} says that it has {size} bytes; {end - at} are there.")
            if data[at] == _SLASH:
                self._messages += 1
                if self._messages > MAX_MESSAGES:
                    cure = "Send it in several packets."
                    raise MessageError("too_large", f"The packet holds more than {MAX_MESSAGES} messages.", cure=cure)
                elements.append(_message(data, at, at + size))
            else:
                elements.append(self.bundle(at, at + size, depth=depth + 1, outer=held))
            at += size
        return OscBundle(timetag, tuple(elements))


def _message(data: bytes, start: int, end: int) -> OscMessage:
    address, at = _text(data, start, end)
    if len(address) > MAX_ADDRESS or not (address.isascii() and address.isprintable()) or " " in address:
        cure = f"Send at most {MAX_ADDRESS} printable ASCII characters without spaces."
        raise MessageError("malformed", "The address is too long, or holds what no address may.", cure=cure)
    if at == end:  # no tags at all: old senders do so when there are no arguments
        return OscMessage(address)
    if data[at] != 0x2C:
        raise MessageError("bad_type", f"{address} has no type tags.", path=address, cure=_FOR_THE_TAGS)
    tags, at = _text(data, at, end)
    if len(tags) > MAX_ARGUMENTS + 1:
        cure = f"Send at most {MAX_ARGUMENTS}."
        raise MessageError("too_large", f"{address} has {len(tags) - 1} arguments.", path=address, cure=cure)
    args, at = _arguments(tags[1:], data, at, end, address)
    if at != end:
        raise _malformed(f"{end - at} bytes follow the arguments of {address}.", address)
    return OscMessage(address, args)


def _arguments(tags: str, data: bytes, at: int, end: int, address: str) -> tuple[tuple[Argument, ...], int]:
    args: list[Argument] = []
    for tag in tags:
        if tag in _FOUR:
            _room(at + 4, end, address)
            args.append(_four(tag, data, at))
            at += 4
        elif tag in _TEXTS:
            text, at = _text(data, at, end)
            args.append(text)
        elif tag in _CONSTANTS:
            args.append(_CONSTANTS[tag])
        elif tag in _EIGHT:
            _room(at + 8, end, address)
            args.append(_eight(tag, data, at))
            at += 8
        elif tag == "b":
            blob, at = _blob(data, at, end, address)
            args.append(blob)
        else:
            problem = f"{address} has an argument of the unknown type {tag!r}."
            raise MessageError("bad_type", problem, path=address, cure=_FOR_THE_TAGS)
    return tuple(args), at


def _blob(data: bytes, at: int, end: int, address: str) -> tuple[bytes, int]:
    _room(at + 4, end, address)
    (size,) = _INT(data, at)
    at += 4
    if size < 0 or size > end - at:
        raise _malformed(f"A blob of {address} says that it has {size} bytes; {end - at} are there.", address)
    after = at + size + -size % 4
    _room(after, end, address)
    return data[at : at + size], after


def _four(tag: str, data: bytes, at: int) -> Argument:
    if tag == "f":
        return float(_FLOAT(data, at)[0])
    if tag == "i":
        return int(_INT(data, at)[0])
    if tag == "r":
        return int(_UNSIGNED(data, at)[0])
    if tag == "c":
        return chr(data[at + 3])
    return data[at : at + 4]  # "m"


def _eight(tag: str, data: bytes, at: int) -> Argument:
    if tag == "d":
        return float(_DOUBLE(data, at)[0])
    return int((_LONG if tag == "h" else _TAG)(data, at)[0])


def _text(data: bytes, start: int, end: int) -> tuple[str, int]:
    """The text that begins at ``start``, and where what follows it begins."""
    stop = data.find(b"\0", start, end)
    after = (stop + 4) & ~3
    if stop < 0 or after > end:
        raise _malformed(f"The text at byte {start} does not end.")
    try:
        return data[start:stop].decode(), after
    except UnicodeDecodeError as error:
        raise _malformed(f"The text at byte {start} is not UTF-8.") from error


def _room(needed: int, end: int, address: str) -> None:
    if needed > end:
        raise _malformed(f"{address} ends in the middle of its arguments.", address)


def _malformed(problem: str, path: str = "$") -> MessageError:
    return MessageError("malformed", problem, path=path, cure="Send OSC 1.0 packets, one per datagram or frame.")
