"""Reads the log of a demo that was played back with ``cg_debugEvents``, ``s_show 2``, ``com_speeds`` and ``viewpos``.

One game frame is a block of lines in this order; ``frame:`` ends it:

    (-513 970 50) : 76                            the view of the frame before: x y z in game units, yaw in degrees
    ent:  1  event:  1 EV_FOOTSTEP                an event of this frame, by the entity's number
    56 19 sound/player/footsteps/step3.wav        each sound that is audible, with its volumes left and right, 0..127
    ----(4)---- painted: 27880                    how many there are, and the sample at which new ones begin
    frame:9 all:  4 sv:  0 ...

Pure: lines in, values out. Lines of any other shape (loading, chat) are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from hobnail.errors import TraceError

_EVENT = re.compile(r"ent:\s*(\d+)\s+event:\s*\d+\s+(EV_\w+)")
_SOUND = re.compile(r"(\d+) (\d+) (sound/\S+)")
_VIEW = re.compile(r"\((-?\d+) (-?\d+) (-?\d+)\) : (-?\d+)")
_PAINTED = re.compile(r"----\(\d+\)---- painted: (\d+)")
_FRAME = re.compile(r"frame:(\d+) all:")
_WRITTEN = re.compile(r"Wrote (\d+):\d+ frames to ")


@dataclass(frozen=True, slots=True)
class View:
    """Where the followed player's eyes are: game units, and degrees counter-clockwise from +x."""

    position: tuple[int, int, int]
    yaw_degrees: int


@dataclass(frozen=True, slots=True)
class GameEvent:
    """Something that the game says happened to an entity."""

    entity: int
    name: str


@dataclass(frozen=True, slots=True)
class HeardSound:
    """A sound in the game's own mixer, with its volumes 0..127."""

    left: int
    right: int
    name: str


@dataclass(frozen=True, slots=True)
class GameFrame:
    """One picture of the video and all that the game said about it."""

    view: View | None
    events: tuple[GameEvent, ...]
    sounds: tuple[HeardSound, ...]
    painted: int  #: sample of the game's mixer at which sounds begin that are new in this frame


@dataclass(frozen=True, slots=True)
class MatchLog:
    """A whole recording: frame k is picture k of the video."""

    frames: tuple[GameFrame, ...]
    painted_at_start: int  #: sample of the game's mixer that is the first one in the video's sound track

    def cut(self, pictures: int) -> MatchLog:
        """Only the first pictures."""
        return MatchLog(self.frames[:pictures], self.painted_at_start)


def read_log(lines: Iterable[str], *, source: str = "log") -> MatchLog:
    """The frames that are in the video. Raises TraceError when the log does not hold a whole recording."""
    blocks: list[_Block] = [_Block()]
    written: tuple[int, int] | None = None
    for line in lines:
        if match := _FRAME.match(line):
            blocks.append(_Block())
        elif match := _WRITTEN.match(line):
            written = len(blocks) - 1, int(match[1])
        else:
            blocks[-1].take(line)
    if written is None:
        raise TraceError(
            f"{source}: no line says that a video was written; the game ended before the demo did.",
            cure="Record again: python samples/openarena/record.py.",
        )
    # A picture is taken at the beginning of a frame, so it shows the frame before; the file is closed by the frame
    # after the last one that is shown.
    last, pictures = written
    first = last - pictures
    if first < 0 or first + 1 >= len(blocks):
        raise TraceError(
            f"{source}: {pictures} pictures were written, but only {last} frames are in the log.",
            cure="Give the log of one whole playback.",
        )
    frames = tuple(
        GameFrame(
            view=after.view, events=tuple(block.events), sounds=tuple(block.sounds), painted=block.painted
        )
        for block, after in zip(blocks[first:last], blocks[first + 1 : last + 1], strict=True)
    )  # fmt: skip
    return MatchLog(frames=frames, painted_at_start=blocks[first + 1].painted)


class _Block:
    """The lines of one frame, while they are read."""

    def __init__(self) -> None:
        self.view: View | None = None
        self.events: list[GameEvent] = []
        self.sounds: list[HeardSound] = []
        self.painted = 0

    def take(self, line: str) -> None:
        if match := _SOUND.match(line):
            self.sounds.append(HeardSound(int(match[1]), int(match[2]), match[3]))
        elif match := _VIEW.match(line):
            x, y, z, yaw = (int(number) for number in match.groups())
            self.view = View((x, y, z), yaw)
        elif match := _EVENT.match(line):
            self.events.append(GameEvent(int(match[1]), match[2]))
        elif match := _PAINTED.match(line):
            self.painted = int(match[1])
