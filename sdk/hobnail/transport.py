"""Play, stop, locate, loop, tempo and cues of one timeline, each cue handed out a little ahead of time. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Generic

from hobnail.audio import RATE_HZ
from hobnail.errors import MessageError
from hobnail.playhead import MAX_CUES, Cues, Playhead, What

MAX_POSITION_S: Final = 86_400.0
SHORTEST_LOOP_S: Final = 0.01


class Transport(Generic[What]):
    """A playhead with its tempo and cues. Places are seconds or beats of the timeline, moments are session frames.

    A cue sounds at the same sample of every pass. Those in beats move with the tempo. ``rate_hz``: of the session.
    """

    def __init__(self, rate_hz: int = RATE_HZ, most_cues: int = MAX_CUES) -> None:
        self.tempo_bpm = 120.0
        self.line = Playhead()
        self._rate_hz = rate_hz
        self._cues: Cues[What] = Cues(most_cues)
        self._told: list[tuple[float, bool, What]] = []  # (place, whether in beats, thing), as they came
        self._done = 0  # cues before this session frame were handed out

    @property
    def cues(self) -> int:
        """How many cues there are."""
        return len(self._cues)

    def position_s(self, frame: int) -> float:
        """Where the playhead is, in seconds."""
        return self.line.position_at(frame) / self._rate_hz

    def frames(self, place: float, *, beats: bool = False, path: str = "") -> int:
        """A place as frames of the timeline. Raises MessageError beyond a day, naming ``path``."""
        seconds = place * 60.0 / self.tempo_bpm if beats else place
        if not 0.0 <= seconds <= MAX_POSITION_S:
            cure = f"Send 0 to {MAX_POSITION_S:g} s."
            raise MessageError("out_of_range", f"{seconds:g} s is no place on a timeline.", path=path, cure=cure)
        return round(seconds * self._rate_hz)

    def play(self, frame: int) -> None:
        """Start from where the playhead is; playing already, it plays on."""
        if not self.line.playing:
            self.line.play(frame)
            self._done = frame

    def stop(self, frame: int) -> None:
        """Stop; the playhead stays where it then is."""
        self.line.stop(frame)

    def locate(self, position: int, frame: int) -> None:
        """Put the playhead to a position, in frames of the timeline; playing or not, it stays so."""
        self.line.locate(position, frame)
        self._done = frame

    def skip(self, frame: int) -> None:
        """What would have been due before a session frame is over."""
        self._done = max(self._done, frame)

    def set_loop(self, start_s: float, end_s: float, frame: int, path: str = "") -> None:
        """From start to end again and again; ``end_s`` 0: straight on. Raises MessageError when it is too short."""
        start, end = self.frames(start_s, path=path), self.frames(end_s, path=path)
        if end and end - start < SHORTEST_LOOP_S * self._rate_hz:
            problem = "The loop is shorter than 10 ms."
            raise MessageError("out_of_range", problem, path=path, cure="Send start and end, in seconds.")
        self.line.set_loop((start, end) if end else None, frame)

    def set_tempo(self, tempo_bpm: float) -> None:
        """Beats a minute."""
        if tempo_bpm == self.tempo_bpm:
            return
        self.tempo_bpm = tempo_bpm
        self._cues.clear()
        for place, beats, thing in self._told:
            self._cues.add(round((place * 60.0 / tempo_bpm if beats else place) * self._rate_hz), thing)

    def add_cue(self, place: float, thing: What, *, beats: bool, path: str = "") -> None:
        """Put a thing on the timeline. Raises MessageError beyond a day, or when there are too many."""
        self._cues.add(self.frames(place, beats=beats, path=path), thing)
        self._told.append((place, beats, thing))

    def clear_cues(self) -> None:
        """Take all cues away."""
        self._cues.clear()
        self._told.clear()

    def due(self, until: int) -> Iterator[tuple[int, int, What]]:
        """(session frame, position, thing) of every cue before ``until`` that was not handed out yet."""
        if not self.line.playing:
            return
        for span in self.line.spans(self._done, until):
            for frame, thing in self._cues.within(span):
                yield frame, span.start + frame - span.frame, thing
        self._done = max(self._done, until)

    def next_due(self) -> int | None:
        """The session frame of the next cue of this pass, or of the end of the loop; None: none comes."""
        if not self.line.playing or not len(self._cues):
            return None
        position = self.line.position_at(self._done)
        found = self._cues.next(position)
        loop = self.line.loop
        if loop is not None and position < loop[1] and (found is None or found >= loop[1]):
            found = loop[1]
        return None if found is None else max(self._done, self.line.started) + found - position
