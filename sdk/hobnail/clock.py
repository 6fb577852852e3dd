"""The session clock: whole frames at 48 kHz, tied to the machine's monotonic clock by the mixer's anchor."""

from __future__ import annotations

from hobnail.audio import RATE_HZ
from hobnail_native import ClockPage, monotonic_ns

_NS_PER_S = 1_000_000_000


class SessionClock:
    """Converts between session frames and monotonic nanoseconds. [any]"""

    def __init__(self, page: ClockPage) -> None:
        self._page = page

    def now_frame(self) -> int:
        """The frame due at this moment."""
        return self.frame_at(monotonic_ns())

    def frame_at(self, ns: int) -> int:
        """The frame due at a monotonic time."""
        frame, anchor_ns = self._page.read()
        return frame + (ns - anchor_ns) * RATE_HZ // _NS_PER_S

    def ns_at(self, frame: int) -> int:
        """The monotonic time at which a frame is due."""
        anchor_frame, anchor_ns = self._page.read()
        return anchor_ns + (frame - anchor_frame) * _NS_PER_S // RATE_HZ
