"""Writes the notes of one instrument as a Standard MIDI File, one after the other, and says where each will sound.

Standard MIDI Files 1.0, format 0. At 1,000 ticks to the quarter and a second to the quarter, a tick is a millisecond.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final, NamedTuple

from hobnail_trainer.corpus.notes.model import Note

TICKS_PER_S: Final = 1000
GAP_S: Final = 0.1  #: of silence before each note: what rang is cut off at its start
_ALL_SOUND_OFF: Final = 120


class Slot(NamedTuple):
    """Where a note stands in what is rendered."""

    note: Note
    start_s: float
    seconds: float


def slots_of(notes: Sequence[Note], held_s: float, release_s: float) -> tuple[Slot, ...]:
    """One slot for each note, in order."""
    seconds = held_s + release_s
    return tuple(Slot(note, GAP_S + place * (seconds + GAP_S), seconds) for place, note in enumerate(notes))


def midi_file(slots: Sequence[Slot], held_s: float) -> bytes:
    """A file that plays the slots, all of one program. What still rings at a slot's end is cut off there."""
    program = slots[0].note.program.number
    events = [(0, bytes((0xFF, 0x51, 0x03)) + (1_000_000).to_bytes(3, "big")), (0, bytes((0xC0, program)))]
    for slot in slots:
        start = round(slot.start_s * TICKS_PER_S)
        events += [
            (start, bytes((0x90, slot.note.midi, slot.note.velocity))),
            (start + round(held_s * TICKS_PER_S), bytes((0x80, slot.note.midi, 64))),
            (start + round(slot.seconds * TICKS_PER_S), bytes((0xB0, _ALL_SOUND_OFF, 0))),
        ]
    end = events[-1][0] + round(GAP_S * TICKS_PER_S)
    events.append((end, bytes((0xFF, 0x2F, 0x00))))
    track, before = b"", 0
    for tick, message in events:
        track += _variable(tick - before) + message
        before = tick
    header = struct.pack(">4sIHHH", b"MThd", 6, 0, 1, TICKS_PER_S)
    return header + struct.pack(">4sI", b"MTrk", len(track)) + track


def _variable(value: int) -> bytes:
    """A variable-length quantity: seven bits a byte, the first bit set in all but the last."""
    data = [value & 0x7F]
    while value := value >> 7:
        data.append(0x80 | value & 0x7F)
    return bytes(reversed(data))
