"""What an OSC packet holds, once it is decoded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

Argument = int | float | str | bytes | bool | None
"""An OSC argument. ``bytes`` is a blob (or the four bytes of a MIDI message), ``None`` nil."""

IMMEDIATELY: Final = 1
"""The time tag that means "at once"."""

ROOT: Final = "hobnail"
"""The first part of every address of our own."""


class OscMessage(msgspec.Struct, frozen=True):
    """An address (perhaps a pattern) and its arguments."""

    address: str
    args: tuple[Argument, ...] = ()


class OscBundle(msgspec.Struct, frozen=True):
    """Messages and bundles that belong to one moment, an NTP time tag."""

    timetag: int
    elements: tuple[OscMessage | OscBundle, ...] = ()


Packet = OscMessage | OscBundle


def messages_of(packet: Packet, timetag: int = IMMEDIATELY) -> Iterator[tuple[int, OscMessage]]:
    """Every message in order, with the time tag that holds for it: its bundle's own, else that of the bundle around."""
    if isinstance(packet, OscMessage):
        yield timetag, packet
        return
    own = timetag if packet.timetag == IMMEDIATELY else packet.timetag
    for element in packet.elements:
        yield from messages_of(element, own)
