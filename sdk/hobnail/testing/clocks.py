"""A clock that a test moves by hand."""

from __future__ import annotations

from hobnail.audio import RATE_HZ


class FakeClock:
    """Session frames and monotonic nanoseconds that stand still until :meth:`advance`."""

    def __init__(self, frame: int = 0, ns: int = 1_000_000_000) -> None:
        self._frame = frame
        self._start = (frame, ns)

    @property
    def frame(self) -> int:
        """The session frame that is due now."""
        return self._frame

    @property
    def ns(self) -> int:
        """Monotonic nanoseconds now."""
        frame, ns = self._start
        return ns + (self._frame - frame) * 1_000_000_000 // RATE_HZ

    def advance(self, frames: int) -> None:
        """Let ``frames`` pass."""
        if frames < 0:
            raise ValueError(f"frames is {frames}, expected 0 or more: time does not run backwards.")
        self._frame += frames

    def now(self) -> tuple[int, int]:
        """(frame, ns), as a session's port gives them."""
        return self._frame, self.ns
