"""The session is told where the timeline of the OSC door is: everyone sees it, and takes go by places. No sockets."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from hobnail.audio import RATE_HZ
from hobnail.commands import MoveTransport, TransportOp
from hobnail_bridges.osc.transport import OscTransport


class Following:
    """Says only what does not follow from what it said last. ``move`` hands a command to the session. [io]"""

    def __init__(self, transport: OscTransport, move: Callable[[MoveTransport], None]) -> None:
        self._transport = transport
        self._move = move
        self._told: object = (False, 0, 120.0, None)  # as a session begins

    def look(self, now_frame: int) -> None:
        """After whatever may have moved it. Raises MessageError when the session takes no more."""
        line, tempo_bpm = self._transport.line, self._transport.tempo_bpm
        place = line.position_at(line.started)
        # Where it stands says all while it stands; while it plays, the place that it had at frame 0 does.
        state = (line.playing, place - line.started if line.playing else place, tempo_bpm, line.loop)
        if state == self._told:
            return
        frame = max(line.started, now_frame)
        position_s = line.position_at(frame) / RATE_HZ
        loop_s = None if line.loop is None else (line.loop[0] / RATE_HZ, line.loop[1] / RATE_HZ)
        loop = MoveTransport(op="loop", loop_s=loop_s, at_frame=frame, tempo_bpm=tempo_bpm, who="osc")
        ops: tuple[TransportOp, ...] = ("play",) if line.playing else ("stop", "locate")
        for move in (loop, *(replace(loop, op=op, loop_s=None, position_s=position_s) for op in ops)):
            self._move(move)
        self._told = state
