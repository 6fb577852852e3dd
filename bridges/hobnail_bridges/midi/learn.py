"""MIDI learn: of all that moves, the one that a hand is moving."""

from __future__ import annotations

from typing import Final

import msgspec

from hobnail.midimap import Source, reserved
from hobnail_bridges.midi.controllers import Move

_NUDGES: Final = 3
_NUDGED: Final = 4 / 127
_THROWN: Final = 0.25


class Learned(msgspec.Struct, frozen=True):
    """The source that was moved."""

    source: Source


class NotThatOne(msgspec.Struct, frozen=True):
    """A source that cannot be learned was moved, and why."""

    source: Source
    why: str


class _Seen(msgspec.Struct):
    lowest: float
    highest: float
    moves: int = 1


class Learner:
    """Fed with moves until one source stands out. [one thread]

    A source is learned when it has moved three times by four steps in all, or once by a quarter of its way: a knob
    that jitters by a step at rest is not. Both halves of a 14-bit pair are learned as one.
    """

    def __init__(self, *, mpe: bool = False) -> None:
        self._mpe = mpe
        self._seen: dict[Source, _Seen] = {}
        self._refused: set[Source] = set()

    def feed(self, moves: list[Move]) -> Learned | NotThatOne | None:
        """Take the moves of one message."""
        told: NotThatOne | None = None
        for move in moves:
            if why := reserved(move.source, mpe=self._mpe):
                if move.source not in self._refused:
                    self._refused.add(move.source)
                    told = NotThatOne(move.source, why)
                continue
            seen = self._seen.setdefault(move.source, _Seen(move.value, move.value, 0))
            seen.moves += 1
            seen.lowest, seen.highest = min(seen.lowest, move.value), max(seen.highest, move.value)
        for source in list(self._seen):
            if source.kind == "cc14":  # its halves are not sources of their own
                for half in (source.number, source.number + 32):
                    self._seen.pop(Source("cc", source.channel, half), None)
        for source, seen in self._seen.items():
            span = seen.highest - seen.lowest
            if span >= _THROWN or (seen.moves > _NUDGES and span >= _NUDGED):
                return Learned(source)
        return told
