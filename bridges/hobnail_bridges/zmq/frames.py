"""A frame message as a command in bytes, and what of it the next message like it can be made from."""

from __future__ import annotations

from typing import Final

import msgspec

from hobnail.commands import SetFeatures, packed
from hobnail.protocol import FrameMessage

_TIME: Final = b"\xabreceived_ns\xcf"

_encoder = msgspec.msgpack.Encoder()


class FrameForm(msgspec.Struct, frozen=True):
    """A packed command with its key: of messages with the same one, the newest stands for all.

    ``time_at``: where its 8 bytes of time begin, big-endian. None: no other message can be made from it.
    """

    key: bytes
    command: bytes
    time_at: int | None = None


def form_of(message: FrameMessage, command: SetFeatures) -> FrameForm:
    """``command``: what became of the message."""
    data = packed(command)
    if message.values is not None:
        return FrameForm(_encoder.encode([(emitter, tuple(named)) for emitter, named in message.values.items()]), data)
    repeats = message.id is None and message.at is None
    found = data.find(_TIME) if repeats else -1  # the first one: names come later
    time_at = found + len(_TIME) if found >= 0 else None
    return FrameForm(_encoder.encode((message.emitters, message.columns)), data, time_at)
