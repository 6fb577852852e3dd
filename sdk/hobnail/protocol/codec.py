"""Bytes to messages and back; no sockets, no clocks. Whatever the bytes, decoding gives a message or MessageError."""

from __future__ import annotations

from typing import Any, TypeVar

import msgpack
import msgspec

from hobnail.errors import MessageError
from hobnail.protocol.checks import check_client, check_envelope
from hobnail.protocol.faults import message_error, shown
from hobnail.protocol.limits import MAX_MESSAGE_BYTES, MAX_REQUEST
from hobnail.protocol.messages import PROTOCOL, ClientMessage, ServerMessage

_M = TypeVar("_M", ClientMessage, ServerMessage)


class _Envelope(msgspec.Struct):
    """What can be read of a message whose rest is wrong."""

    v: Any = PROTOCOL
    id: Any = None


_encoder = msgspec.msgpack.Encoder(order="deterministic")
_client: msgspec.msgpack.Decoder[ClientMessage] = msgspec.msgpack.Decoder(ClientMessage)
_server: msgspec.msgpack.Decoder[ServerMessage] = msgspec.msgpack.Decoder(ServerMessage)
_envelope = msgspec.msgpack.Decoder(_Envelope)


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
    message = _decode(_client, data)
    check_client(message)
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
        message = decoder.decode(data)
        msgpack.unpackb(data, object_pairs_hook=_distinct_keys)
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


def _distinct_keys(pairs: list[tuple[object, object]]) -> None:
    """msgspec keeps the last of two equal keys; a message that holds two is refused instead."""
    if len({key for key, _ in pairs}) == len(pairs):
        return
    seen: set[object] = set()
    for key, _ in pairs:
        if key in seen:
            cure = "Write every key once in a map."
            raise MessageError("malformed", f"The key {shown(key)} stands twice in one map.", cure=cure)
        seen.add(key)
