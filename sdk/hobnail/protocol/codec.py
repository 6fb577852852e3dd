"""Bytes to messages and back; no sockets, no clocks. Whatever the bytes, decoding gives a message or MessageError."""

from __future__ import annotations

from typing import Any, TypeVar

import msgpack
import msgspec

from hobnail.errors import MessageError
from hobnail.protocol.checks import check_client, check_envelope
from hobnail.protocol.faults import message_error, shown
from hobnail.protocol.limits import MAX_ITEMS, MAX_MESSAGE_BYTES, MAX_REQUEST
from hobnail.protocol.messages import PROTOCOL, ClientMessage, FrameMessage, ServerMessage
from hobnail.protocol.repeats import FrameHeads

_M = TypeVar("_M", ClientMessage, ServerMessage)


_MAPS = frozenset((*range(0x80, 0x90), 0xDE, 0xDF))
"""First bytes of MessagePack's maps."""


class _Envelope(msgspec.Struct):
    """What can be read of a message whose rest is wrong."""

    v: Any = PROTOCOL
    id: Any = None


_encoder = msgspec.msgpack.Encoder(order="deterministic")
_client: msgspec.msgpack.Decoder[ClientMessage] = msgspec.msgpack.Decoder(ClientMessage)
_server: msgspec.msgpack.Decoder[ServerMessage] = msgspec.msgpack.Decoder(ServerMessage)
_envelope = msgspec.msgpack.Decoder(_Envelope)
_heads = FrameHeads()
_outermost = msgspec.msgpack.Decoder(dict[str, msgspec.Raw])


def encode(message: ClientMessage | ServerMessage) -> bytes:
    """A message as MessagePack; the same message gives the same bytes."""
    try:
        data = _encoder.encode(message)
    except (TypeError, OverflowError, UnicodeEncodeError, msgspec.MsgspecError) as error:
        cure = "Use plain int, float, str, bytes, tuple and dict."
        raise MessageError("bad_type", f"The message cannot be encoded: {error}.", cure=cure) from error
    _check_size(data)
    return data


def encode_checked(message: ClientMessage) -> bytes:
    """The same for a client: what the server would refuse raises here already."""
    data = encode(message)
    decode_client(data)
    return data


def decode_client(data: bytes) -> ClientMessage:
    """What a client sent, fully validated."""
    repeated = _heads.read(data)
    if repeated is not None:
        return repeated
    message = _decode(_client, data)
    check_client(message)
    if isinstance(message, FrameMessage):
        _heads.note(data, message)
    return message


def decode_server(data: bytes) -> ServerMessage:
    """What the server sent."""
    message = _decode(_server, data)
    check_envelope(message)
    return message


def request_of(data: bytes) -> int | None:
    """The ``id`` of a message that could not be decoded, as far as it can be read; for the error reply."""
    if len(data) > MAX_MESSAGE_BYTES:
        return None
    number = _read_envelope(data).id
    return number if type(number) is int and 0 <= number <= MAX_REQUEST else None


def _decode(decoder: msgspec.msgpack.Decoder[_M], data: bytes) -> _M:
    _check_size(data)
    try:
        _check_structure(data)
        message = decoder.decode(data)
    except MessageError:
        raise
    except (msgspec.MsgspecError, ValueError, RecursionError, MemoryError, OverflowError) as error:
        _check_version(data)
        raise message_error(error) from error
    return message


def _check_size(data: bytes) -> None:
    if len(data) > MAX_MESSAGE_BYTES:
        cure = f"Send at most {MAX_MESSAGE_BYTES} bytes, in several messages if need be."
        raise MessageError("too_large", f"The message has {len(data)} bytes.", cure=cure)


def _check_version(data: bytes) -> None:
    """A message of another version says so, however strange the rest of it."""
    version = _read_envelope(data).v
    if type(version) is int and version != PROTOCOL:
        raise MessageError("version", f"Protocol {version} is not spoken here.", path="$.v", cure="Send v = 1.")


def _read_envelope(data: bytes) -> _Envelope:
    try:
        return _envelope.decode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError, MemoryError, OverflowError):
        return _Envelope()


def _check_structure(data: bytes) -> None:
    """Before a message is built: no key twice, and not so many values that reading them would hold up others."""
    if not _is_plainly_sound(data):
        _take_census(data)


def _is_plainly_sound(data: bytes) -> bool:
    """Whether a look at the outermost map is enough: a short one, no key twice, no further map inside.

    Only maps can hold a key twice; a list that holds maps is refused for its type, since no message has such. This is
    what a game sends sixty times a second.
    """
    if not (len(data) <= MAX_ITEMS and data[:1] and 0x80 <= data[0] <= 0x8F):
        return False
    try:
        fields = _outermost.decode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError, MemoryError, OverflowError):
        return False
    if len(fields) != data[0] & 0x0F:
        return False
    return _MAPS.isdisjoint([memoryview(value)[0] for value in fields.values()])


def _take_census(data: bytes) -> None:
    census = _Census()
    try:
        msgpack.unpackb(
            data,
            raw=True,  # texts are decoded, and refused if need be, by msgspec
            strict_map_key=False,
            object_pairs_hook=census.map,
            list_hook=census.list,
            max_map_len=MAX_ITEMS,
            max_array_len=MAX_ITEMS,
        )
    except msgpack.StackError as error:
        raise RecursionError from error
    except ValueError as error:
        announced, _, limit = str(error).partition(" exceeds max_")
        if limit and int(announced) <= len(data):
            raise _too_many() from error
        raise  # also what announces more values than it has bytes: it was cut short


class _Census:
    """Counts the values of a message while msgpack reads it."""

    __slots__ = ("_items",)

    def __init__(self) -> None:
        self._items = 0

    def map(self, pairs: list[tuple[object, object]]) -> None:
        self._count(len(pairs))
        seen: set[bytes] = set()
        for key, _ in pairs:
            if not isinstance(key, bytes):
                continue  # msgspec refuses it
            if key in seen:
                cure = "Write every key once in a map."
                name = shown(key.decode(errors="replace"))
                raise MessageError("malformed", f"The key {name} stands twice in one map.", cure=cure)
            seen.add(key)

    def list(self, items: list[object]) -> None:
        self._count(len(items))

    def _count(self, items: int) -> None:
        self._items += items
        if self._items > MAX_ITEMS:
            raise _too_many()


def _too_many() -> MessageError:
    cure = "Send it in several messages."
    return MessageError("too_large", f"The message holds more than {MAX_ITEMS} values.", cure=cure)
