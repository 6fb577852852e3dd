"""A timeline laid onto the session's frames: play, stop, locate, loop. The session's clock itself never jumps. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import Final, Generic, TypeVar

import msgspec

from hobnail.errors import MessageError

MAX_CUES: Final = 16_384

What = TypeVar("What")


class Span(msgspec.Struct, frozen=True):
    """A stretch of the timeline, ``start <= position < end``, and the session frame at which it begins."""

    start: int
    end: int
    frame: int


class Playhead:
    """Where it is on the timeline, in frames. All times are session frames, so that nothing here reads a clock."""

    def __init__(self) -> None:
        self.playing = False
        self.loop: tuple[int, int] | None = None
        self._frame = 0  #: session frame at which the playhead stood at ``_position``
        self._position = 0

    @property
    def started(self) -> int:
        """The session frame from which on it is known where the playhead is."""
        return self._frame

    def play(self, frame: int) -> None:
        """Start at a session frame from where the playhead is; playing already, it plays on."""
        if not self.playing:
            self._position, self._frame, self.playing = self.position_at(frame), frame, True

    def stop(self, frame: int) -> None:
        """Stop at a session frame; the playhead stays there."""
        self._position, self._frame, self.playing = self.position_at(frame), frame, False

    def locate(self, position: int, frame: int) -> None:
        """Put the playhead to a position (>= 0) at a session frame; playing or not, it stays so."""
        self._position, self._frame = max(0, position), frame

    def set_loop(self, loop: tuple[int, int] | None, frame: int) -> None:
        """Play ``start <= position < end`` again and again; None: straight on. The playhead stays where it is."""
        self._position, self._frame = self.position_at(frame), max(frame, self._frame)
        self.loop = loop

    def position_at(self, frame: int) -> int:
        """Where the playhead is at a session frame. Before it was started: where it starts."""
        if not self.playing or frame <= self._frame:
            return self._position
        position = self._position + frame - self._frame
        if self.loop is not None and self._position < self.loop[1] <= position:
            start, end = self.loop
            position = start + (position - start) % (end - start)
        return position

    def spans(self, first: int, until: int) -> Iterator[Span]:
        """What is played during ``first <= frame < until``, loop by loop."""
        frame = max(first, self._frame)
        while self.playing and frame < until:
            position = self.position_at(frame)
            frames = until - frame
            if self.loop is not None and position < self.loop[1]:
                frames = min(frames, self.loop[1] - position)
            yield Span(position, position + frames, frame)
            frame += frames


class Cues(Generic[What]):
    """Things on the timeline, in order of position; those at one position in the order in which they came."""

    def __init__(self, most: int = MAX_CUES) -> None:
        self._most = most
        self._positions: list[int] = []
        self._things: list[What] = []

    def __len__(self) -> int:
        return len(self._positions)

    def add(self, position: int, thing: What) -> None:
        """Put a thing on the timeline. Raises MessageError when there are too many."""
        if len(self) >= self._most:
            cure = "Clear the cues that are not needed."
            raise MessageError("busy", f"There are {self._most} cues already.", cure=cure)
        at = bisect_left(self._positions, position + 1)
        self._positions.insert(at, position)
        self._things.insert(at, thing)

    def next(self, position: int) -> int | None:
        """The position of the first thing from ``position`` on."""
        at = bisect_left(self._positions, position)
        return self._positions[at] if at < len(self) else None

    def clear(self) -> None:
        """Take everything away."""
        self._positions.clear()
        self._things.clear()

    def within(self, span: Span) -> Iterator[tuple[int, What]]:
        """(session frame, thing) of everything in a span."""
        first, last = bisect_left(self._positions, span.start), bisect_left(self._positions, span.end)
        for at in range(first, last):
            yield span.frame + self._positions[at] - span.start, self._things[at]
