"""The transport of the OSC door: a timeline, its tempo and its cues, handed out a little ahead of time. No sockets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from zlib import crc32

from hobnail.errors import MessageError
from hobnail.protocol import RANGES
from hobnail_bridges.osc.packets import Argument, OscMessage
from hobnail_bridges.osc.timeline import Cues, Timeline
from hobnail_bridges.osc.verbs import number

CHASE_S = 0.05
"""How far another program's playhead may be off before ours follows: its messages come late and unevenly."""

MAX_POSITION_S = 86_400.0


class Transport:
    """Play, stop, locate, tempo, loop, cues. Positions are frames of the timeline. [io]

    A cue at a position sounds at the same sample of every pass, with the same seed: what was heard is heard again.
    """

    def __init__(self, rate_hz: int, start_ahead_frames: int, cues_ahead_frames: int) -> None:
        self.tempo_bpm = 120.0
        self.line = Timeline()
        self._rate_hz = rate_hz
        self._start_ahead = start_ahead_frames
        self._cues_ahead = cues_ahead_frames
        self._cues: Cues[OscMessage] = Cues()
        self._beat_cues: list[tuple[float, OscMessage]] = []
        self._second_cues: list[tuple[float, OscMessage]] = []
        self._done = 0  #: cues before this session frame were handed out

    @property
    def cues(self) -> int:
        """How many cues there are."""
        return len(self._cues)

    def position_s(self, frame: int) -> float:
        """Where the playhead is, in seconds."""
        return self.line.position_at(frame) / self._rate_hz

    def command(self, word: str, address: str, args: Sequence[Argument], now_frame: int, at_frame: int | None) -> bool:
        """Do what was asked; whether cues that were started must be stopped. ``at_frame``: when, None: soon."""
        frame = now_frame + self._start_ahead if at_frame is None else max(at_frame, now_frame)
        pressed = not args or bool(number(args, 0, address))
        match word:
            case "play":
                if pressed and not self.line.playing:
                    self.line.play(frame)
                    self._done = frame
            case "stop":
                if pressed and self.line.playing:
                    self.line.stop(max(now_frame, at_frame or 0))
                    return True
            case "locate" | "locate/beat":
                self._locate(self._frames(number(args, 0, address), word.endswith("beat"), address), frame)
                return True
            case "chase" | "chase/beat":
                position = self._frames(number(args, 0, address), word.endswith("beat"), address)
                return self._chase(position, now_frame, frame)
            case "tempo":
                allowed = RANGES["tempo_bpm"]
                self.tempo_bpm = max(allowed.low, min(allowed.high, number(args, 0, address)))
                self._sort()
            case "loop":
                self._loop(args, address, now_frame)
            case "cues/clear":
                if pressed:
                    self._beat_cues.clear()
                    self._second_cues.clear()
                    self._cues.clear()
        return False

    def add_cue(self, at: float, message: OscMessage, *, beats: bool, address: str) -> None:
        """Put a message on the timeline, at seconds or beats. Raises MessageError."""
        self._cues.add(self._frames(at, beats, address), message)
        (self._beat_cues if beats else self._second_cues).append((at, message))

    def due(self, now_frame: int) -> Iterator[tuple[int, int, OscMessage]]:
        """(session frame, seed, message) of every cue that comes up now and was not handed out yet."""
        if not self.line.playing:
            return
        until = now_frame + self._cues_ahead
        for span in self.line.spans(self._done, until):
            for frame, message in self._cues.within(span):
                position = span.start + frame - span.frame
                yield frame, crc32(repr((position, message.address, message.args)).encode()), message
        self._done = max(self._done, until)

    def _locate(self, position: int, frame: int) -> None:
        self.line.locate(position, frame)
        self._done = frame

    def _chase(self, position: int, now_frame: int, frame: int) -> bool:
        if self.line.playing:
            off = abs(self.line.position_at(now_frame) - position)
            if off <= CHASE_S * self._rate_hz:
                return False
            position += frame - now_frame
        elif position == self.line.position_at(now_frame):
            return False
        self._locate(position, frame)
        return True

    def _loop(self, args: Sequence[Argument], address: str, now_frame: int) -> None:
        start = self._frames(number(args, 0, address), False, address) if args else 0
        end = self._frames(number(args, 1, address), False, address) if len(args) > 1 else 0
        if end and end - start < self._rate_hz // 100:
            problem = "The loop is shorter than 10 ms."
            raise MessageError("out_of_range", problem, path=address, cure="Send start and end, in seconds.")
        self.line.set_loop((start, end) if end else None, now_frame)

    def _frames(self, at: float, beats: bool, address: str) -> int:
        seconds = at * 60.0 / self.tempo_bpm if beats else at
        if not 0.0 <= seconds <= MAX_POSITION_S:
            cure = f"Send 0 to {MAX_POSITION_S:g} s."
            raise MessageError("out_of_range", f"{seconds:g} s is no place on a timeline.", path=address, cure=cure)
        return round(seconds * self._rate_hz)

    def _sort(self) -> None:
        """Cues in beats moved with the tempo."""
        self._cues.clear()
        for at, message in self._second_cues:
            self._cues.add(self._frames(at, False, message.address), message)
        for at, message in self._beat_cues:
            self._cues.add(round(at * 60.0 / self.tempo_bpm * self._rate_hz), message)
