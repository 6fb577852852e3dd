"""MIDI bytes to messages and back; pure. Channels are 1 to 16, as they are printed on instruments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

import msgspec

from hobnail.errors import MessageError


class NoteOn(msgspec.Struct, frozen=True):
    """A key went down; ``velocity`` 1 to 127."""

    channel: int
    note: int
    velocity: int


class NoteOff(msgspec.Struct, frozen=True):
    """A key came up. A note-on of velocity 0 is one too."""

    channel: int
    note: int
    velocity: int = 64


class KeyPressure(msgspec.Struct, frozen=True):
    """How hard one key is held; ``value`` 0 to 127."""

    channel: int
    note: int
    value: int


class ControlChange(msgspec.Struct, frozen=True):
    """A controller moved; ``value`` 0 to 127."""

    channel: int
    number: int
    value: int


class ProgramChange(msgspec.Struct, frozen=True):
    """Another sound was chosen; not used, but shown."""

    channel: int
    program: int


class ChannelPressure(msgspec.Struct, frozen=True):
    """How hard the keys of a channel are held; ``value`` 0 to 127."""

    channel: int
    value: int


class PitchBend(msgspec.Struct, frozen=True):
    """The bend wheel; ``value`` -8192 to 8191, 0 at rest."""

    channel: int
    value: int


class SongPosition(msgspec.Struct, frozen=True):
    """Where the next ``continue`` goes on, in sixteenths from the beginning."""

    sixteenths: int


class RealTime(msgspec.Struct, frozen=True):
    """A tick of the MIDI clock (24 a quarter), or its start, continue or stop."""

    kind: Literal["clock", "start", "continue", "stop"]


MidiMessage = (
    NoteOn
    | NoteOff
    | KeyPressure
    | ControlChange
    | ProgramChange
    | ChannelPressure
    | PitchBend
    | SongPosition
    | RealTime
)

_REAL_TIME: Final[dict[int, RealTime]] = {
    0xF8: RealTime("clock"),
    0xFA: RealTime("start"),
    0xFB: RealTime("continue"),
    0xFC: RealTime("stop"),
}
_LENGTHS: Final = {0x80: 3, 0x90: 3, 0xA0: 3, 0xB0: 3, 0xC0: 2, 0xD0: 2, 0xE0: 3}
_SONG_POSITION: Final = 0xF2


def decode(data: bytes) -> MidiMessage | None:
    """One complete message; None for those that mean nothing here (system exclusive, active sensing, tuning).

    Raises MessageError ``malformed`` for bytes that are no MIDI message.
    """
    if not data or data[0] < 0x80:
        raise _malformed(data, "it does not begin with a status byte")
    status = data[0]
    if status >= 0xF0 and status != _SONG_POSITION:
        return _REAL_TIME.get(status) if len(data) == 1 else None
    length = 3 if status == _SONG_POSITION else _LENGTHS[status & 0xF0]
    if len(data) != length:
        raise _malformed(data, f"it has {len(data)} bytes, expected {length}")
    if any(byte > 0x7F for byte in data[1:]):
        raise _malformed(data, "a data byte is above 127")
    if status == _SONG_POSITION:
        return SongPosition(data[1] | data[2] << 7)
    return _VOICE[status & 0xF0]((status & 0x0F) + 1, data[1], data[-1])


_VOICE: Final[dict[int, Callable[[int, int, int], MidiMessage]]] = {
    0x80: NoteOff,
    0x90: lambda channel, note, velocity: NoteOn(channel, note, velocity) if velocity else NoteOff(channel, note),
    0xA0: KeyPressure,
    0xB0: ControlChange,
    0xC0: lambda channel, program, _: ProgramChange(channel, program),
    0xD0: lambda channel, value, _: ChannelPressure(channel, value),
    0xE0: lambda channel, low, high: PitchBend(channel, (low | high << 7) - 8192),
}


def encode(message: MidiMessage) -> bytes:
    """The bytes of a message. Its numbers must be in range: it is our own."""
    match message:
        case NoteOff() | NoteOn():
            status = 0x80 if isinstance(message, NoteOff) else 0x90
            parts = (status | message.channel - 1, message.note, message.velocity)
        case KeyPressure():
            parts = (0xA0 | message.channel - 1, message.note, message.value)
        case ControlChange():
            parts = (0xB0 | message.channel - 1, message.number, message.value)
        case PitchBend():
            bend = message.value + 8192
            parts = (0xE0 | message.channel - 1, bend & 0x7F, bend >> 7)
        case SongPosition():
            parts = (_SONG_POSITION, message.sixteenths & 0x7F, message.sixteenths >> 7)
        case ProgramChange():
            return bytes((0xC0 | message.channel - 1, message.program))
        case ChannelPressure():
            return bytes((0xD0 | message.channel - 1, message.value))
        case RealTime():
            return bytes((next(status for status, known in _REAL_TIME.items() if known == message),))
    return bytes(parts)


def _malformed(data: bytes, why: str) -> MessageError:
    shown = data[:8].hex(" ") or "nothing"
    cure = "Check the cable and the program that sends; running status is for the driver to resolve."
    return MessageError("malformed", f"{shown} is no MIDI message: {why}.", cure=cure)
