"""What moves: controllers, pairs of them with 14 bits, registered parameters, wheels and pressure, as 0..1."""

from __future__ import annotations

from typing import Final

import msgspec

from hobnail.midimap import Source
from hobnail_bridges.midi.codec import ChannelPressure, ControlChange, KeyPressure, PitchBend

NOT_SELECTED: Final = 0x3FFF
_DATA_MSB, _DATA_LSB = 6, 38
_NRPN_LSB, _NRPN_MSB, _RPN_LSB, _RPN_MSB = 98, 99, 100, 101


class Move(msgspec.Struct, frozen=True):
    """A source and where it stands now, 0..1; a bend wheel at rest stands at 0.5 exactly."""

    source: Source
    value: float


class Parameter(msgspec.Struct, frozen=True):
    """A registered parameter was set: bend range, MPE zones. ``value`` has 14 bits."""

    channel: int
    number: int
    value: int


class Controllers:
    """Remembers halves of 14-bit values and the selected parameter of each channel. [one thread]

    A pair n, n + 32 is one 14-bit controller once its low half was seen. A new high half counts at once, with a low
    half of 0 as the standard has it, so a value is never off by more than 1/128 and exact when its low half is there.
    """

    def __init__(self) -> None:
        self._high: dict[tuple[int, int], int] = {}
        self._fine: set[tuple[int, int]] = set()
        self._selected: dict[int, tuple[bool, int]] = {}  # channel -> (registered?, number)
        self._data: dict[tuple[int, bool, int], int] = {}

    def take(
        self, message: ControlChange | PitchBend | ChannelPressure | KeyPressure
    ) -> tuple[list[Move], Parameter | None]:
        """What moved because of a message, and the registered parameter that it set, if any."""
        match message:
            case PitchBend():
                return [Move(Source("bend", message.channel), bend_position(message.value))], None
            case ChannelPressure():
                return [Move(Source("pressure", message.channel), message.value / 127)], None
            case KeyPressure():
                return [Move(Source("key_pressure", message.channel, message.note), message.value / 127)], None
            case ControlChange():
                return self._controller(message)

    def _controller(self, message: ControlChange) -> tuple[list[Move], Parameter | None]:
        channel, number, value = message.channel, message.number, message.value
        if number in (_NRPN_LSB, _NRPN_MSB, _RPN_LSB, _RPN_MSB):
            self._select(channel, number, value)
            return [], None
        if number in (_DATA_MSB, _DATA_LSB) and channel in self._selected:
            return self._set_parameter(channel, number, value)
        moves = [Move(Source("cc", channel, number), value / 127)]
        if number < 32:
            self._high[channel, number] = value
            if (channel, number) in self._fine:
                moves.append(Move(Source("cc14", channel, number), (value << 7) / 16383))
        elif number < 64 and (high := self._high.get((channel, number - 32))) is not None:
            self._fine.add((channel, number - 32))
            moves.append(Move(Source("cc14", channel, number - 32), (high << 7 | value) / 16383))
        return moves, None

    def _select(self, channel: int, number: int, value: int) -> None:
        registered = number in (_RPN_LSB, _RPN_MSB)
        before_registered, before = self._selected.get(channel, (registered, NOT_SELECTED))
        if before_registered != registered:
            before = NOT_SELECTED
        low = number in (_RPN_LSB, _NRPN_LSB)
        selected = (before & 0x3F80 | value) if low else (before & 0x7F | value << 7)
        self._selected[channel] = registered, selected

    def _set_parameter(self, channel: int, number: int, value: int) -> tuple[list[Move], Parameter | None]:
        registered, selected = self._selected[channel]
        if selected == NOT_SELECTED:
            return [], None
        key = (channel, registered, selected)
        data = value << 7 if number == _DATA_MSB else self._data.get(key, 0) & 0x3F80 | value
        self._data[key] = data
        if registered:
            return [], Parameter(channel, selected, data)
        return [Move(Source("nrpn", channel, selected), data / 16383)], None


def bend_position(value: int) -> float:
    """A bend of -8192..8191 as 0..1; 0 is 0.5 exactly."""
    return 0.5 + 0.5 * (value / 8192 if value < 0 else value / 8191)
