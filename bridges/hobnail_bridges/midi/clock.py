"""MIDI clock: 24 ticks a quarter, jittery, without a date. A line through the last ticks gives tempo and position."""

from __future__ import annotations

import math
from collections import deque
from typing import Final

import msgspec

from hobnail_bridges.midi.codec import RealTime, SongPosition

TICKS_PER_BEAT: Final = 24
_WINDOW: Final = 2 * TICKS_PER_BEAT
"""Two beats: a jitter of 1 ms in each tick leaves the tempo within 0.1 % at 120 a minute."""

_ENOUGH: Final = 6
_LOST: Final = 4.0  # a pause of so many ticks is a stop, not a tempo
_SLOWEST_NS: Final = 2.5e9 / TICKS_PER_BEAT * 4  # 6 beats a minute


class TransportState(msgspec.Struct, frozen=True):
    """What the clock says at a moment."""

    playing: bool
    beat: float  #: quarters from the beginning of the song
    tempo_bpm: float | None  #: None: too few ticks yet


class MidiClock:
    """Follows a clock. Times are monotonic ns. [one thread]"""

    def __init__(self) -> None:
        self.playing = False
        self._times: deque[int] = deque(maxlen=_WINDOW)
        self._ticks = 0  #: tick number of the newest time, from the beginning of the song
        self._next_tick = 0

    def take(self, message: RealTime | SongPosition, now_ns: int) -> bool:
        """Take a message; True when playing began or stopped, or the position jumped."""
        if isinstance(message, SongPosition):
            self._next_tick = message.sixteenths * TICKS_PER_BEAT // 4
            return True
        match message.kind:
            case "start":
                self.playing, self._next_tick = True, 0
            case "continue":
                self.playing = True
            case "stop":
                self.playing = False
            case "clock":
                self._tick(now_ns)
                return False
        return True

    @property
    def tempo_bpm(self) -> float | None:
        """Quarters a minute; None until there are enough ticks."""
        line = self._line()
        return None if line is None else 60e9 / (line[1] * TICKS_PER_BEAT)

    def beat_at(self, now_ns: int) -> float | None:
        """The position at a moment, in quarters; None while it does not play or has no tempo."""
        line = self._line()
        if line is None or not self.playing:
            return None
        at_ns, period_ns = line
        return max(0.0, (self._ticks + (now_ns - at_ns) / period_ns) / TICKS_PER_BEAT)

    def ns_until(self, beats: float, now_ns: int) -> int | None:
        """How long until the next multiple of so many beats; 0 on it, None while it does not play.

        A note that comes up to a tick late still belongs to the multiple that has just gone by.
        """
        beat, line = self.beat_at(now_ns), self._line()
        if beat is None or line is None or beats <= 0:
            return None
        late = 1 / TICKS_PER_BEAT
        wanted = math.ceil((beat - late) / beats) * beats
        return max(0, round((wanted - beat) * TICKS_PER_BEAT * line[1]))

    def state(self, now_ns: int) -> TransportState:
        """All of it as one value."""
        beat = self.beat_at(now_ns)
        return TransportState(self.playing, self._next_tick / TICKS_PER_BEAT if beat is None else beat, self.tempo_bpm)

    def _tick(self, now_ns: int) -> None:
        if self._times:
            gap = now_ns - self._times[-1]
            usual = (self._times[-1] - self._times[0]) / max(1, len(self._times) - 1)
            if gap <= 0:
                return  # a clock that runs backwards is no clock
            if gap > _SLOWEST_NS or (len(self._times) >= _ENOUGH and gap > _LOST * usual):
                self._times.clear()
        self._times.append(now_ns)
        if self.playing:
            self._ticks = self._next_tick
            self._next_tick += 1

    def _line(self) -> tuple[float, float] | None:
        """(time of the newest tick, ns per tick) by least squares through the ticks of the window."""
        count = len(self._times)
        if count < _ENOUGH:
            return None
        newest = self._times[-1]
        middle = (count - 1) / 2
        mean = sum(time - newest for time in self._times) / count
        spread = count * (count * count - 1) / 12
        slope = sum((index - middle) * (time - newest) for index, time in enumerate(self._times)) / spread
        return newest + mean + slope * middle, slope
