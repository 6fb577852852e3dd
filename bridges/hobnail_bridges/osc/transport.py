"""The transport of the OSC door: what is said to ``/hobnail/transport``, done to a timeline. No sockets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from zlib import crc32

from hobnail.protocol import RANGES
from hobnail.transport import Transport
from hobnail_bridges.osc.packets import Argument, OscMessage
from hobnail_bridges.osc.verbs import number

CHASE_S = 0.05
"""How far another program's playhead may be off before ours follows: its messages come late and unevenly."""


class OscTransport(Transport[OscMessage]):
    """A timeline of OSC messages. [io]

    A cue at a position sounds at the same sample of every pass, with the same seed: what was heard is heard again.
    """

    def __init__(self, rate_hz: int, start_ahead_frames: int, cues_ahead_frames: int) -> None:
        super().__init__(rate_hz)
        self._start_ahead = start_ahead_frames
        self._cues_ahead = cues_ahead_frames

    def command(self, word: str, address: str, args: Sequence[Argument], now_frame: int, at_frame: int | None) -> bool:
        """Do what was asked; whether cues that were started must be stopped. ``at_frame``: when, None: soon."""
        frame = now_frame + self._start_ahead if at_frame is None else max(at_frame, now_frame)
        pressed = not args or bool(number(args, 0, address))
        match word:
            case "play":
                if pressed:
                    self.play(frame)
            case "stop":
                if pressed and self.line.playing:
                    self.stop(max(now_frame, at_frame or 0))
                    return True
            case "locate" | "locate/beat":
                self.locate(self._place(word, address, args), frame)
                return True
            case "chase" | "chase/beat":
                return self._chase(self._place(word, address, args), now_frame, frame)
            case "tempo":
                allowed = RANGES["tempo_bpm"]
                self.set_tempo(max(allowed.low, min(allowed.high, number(args, 0, address))))
            case "loop":
                start, end = (number(args, index, address) if len(args) > index else 0.0 for index in (0, 1))
                self.set_loop(start, end, now_frame, address)
            case "cues/clear":
                if pressed:
                    self.clear_cues()
        return False

    def upcoming(self, now_frame: int) -> Iterator[tuple[int, int, OscMessage]]:
        """(session frame, seed, message) of every cue that comes up now and was not handed out yet."""
        for frame, position, message in self.due(now_frame + self._cues_ahead):
            yield frame, crc32(repr((position, message.address, message.args)).encode()), message

    def _place(self, word: str, address: str, args: Sequence[Argument]) -> int:
        return self.frames(number(args, 0, address), beats=word.endswith("beat"), path=address)

    def _chase(self, position: int, now_frame: int, frame: int) -> bool:
        if self.line.playing:
            off = abs(self.line.position_at(now_frame) - position)
            if off <= self.frames(CHASE_S):
                return False
            position += frame - now_frame
        elif position == self.line.position_at(now_frame):
            return False
        self.locate(position, frame)
        return True
