"""Where the server's session clock stands, estimated from pings. Pure: every time is passed in.

Cristian's method: a pong that was answered within ``rtt`` was written at the middle, give or take ``rtt / 2``
(F. Cristian, "Probabilistic clock synchronization", Distributed Computing 3, 1989). As in NTP's clock filter
(RFC 5905, section 10) the best of the last samples counts, and a sample's error bound grows with its age.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from statistics import median
from typing import Final

_KEPT: Final = 32
_DRIFT: Final = 100e-6
"""How far the session's clock (a sound card's, perhaps) may run from this machine's: two cheap crystals."""

_SLACK_NS: Final = 2_000_000
"""A sample may contradict the estimate by so much beyond its error before the clock counts as moved."""


@dataclass(frozen=True, slots=True)
class _Sample:
    local_ns: int
    frame: int
    error_ns: float

    def error_at(self, local_ns: int) -> float:
        return self.error_ns + _DRIFT * abs(local_ns - self.local_ns)


class SessionClockEstimate:
    """Maps this machine's monotonic clock to session frames and back. [under the caller's lock]"""

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._samples: deque[_Sample] = deque(maxlen=_KEPT)

    @property
    def samples(self) -> int:
        """Pongs that the estimate rests on."""
        return len(self._samples)

    def add(self, sent_ns: int, received_ns: int, frame: int) -> None:
        """A pong: ``frame`` was due somewhere between sending the ping and receiving the answer."""
        sample = _Sample((sent_ns + received_ns) // 2, frame, max(0, received_ns - sent_ns) / 2)
        if self._samples:
            best = self._best(sample.local_ns)
            off_ns = abs(self._frame_at(best, sample.local_ns) - frame) * 1e9 / self._rate_hz
            if off_ns > sample.error_ns + best.error_at(sample.local_ns) + _SLACK_NS:
                self._samples.clear()  # the server's clock was set anew: what came before says nothing
        self._samples.append(sample)

    def error_ns(self, local_ns: int) -> float:
        """A bound on the error of the estimate at that moment."""
        return self._best(local_ns).error_at(local_ns)

    @property
    def way_ns(self) -> float:
        """How long a message takes from here to there: half of the median round trip of the last samples."""
        return median(sample.error_ns for sample in self._samples) if self._samples else 0.0

    def frame_at(self, local_ns: int) -> int:
        """The session frame that is due at a local monotonic time."""
        return round(self._frame_at(self._best(local_ns), local_ns))

    def local_ns_at(self, frame: int) -> int:
        """The local monotonic time at which a session frame is due."""
        newest = self._samples[-1]
        best = self._best(newest.local_ns + round((frame - newest.frame) * 1e9 / self._rate_hz))
        return best.local_ns + round((frame - best.frame) * 1e9 / self._rate_hz)

    def _best(self, local_ns: int) -> _Sample:
        return min(self._samples, key=lambda sample: sample.error_at(local_ns))

    def _frame_at(self, sample: _Sample, local_ns: int) -> float:
        return sample.frame + (local_ns - sample.local_ns) * self._rate_hz / 1e9
