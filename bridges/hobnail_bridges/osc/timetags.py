"""NTP time tags as session frames. Differences are taken modulo 2^64, so that the year 2036 is a day like any other."""

from __future__ import annotations

from typing import Final, Literal

from hobnail.errors import MessageError
from hobnail_bridges.osc.packets import IMMEDIATELY

_NTP_EPOCH_S: Final = 2_208_988_800  # seconds from 1900 to 1970
_WRAP: Final = 1 << 64
_SLACK_FRAMES: Final = 48

Policy = Literal["schedule", "deliver", "ignore"]


def timetag_at(wall_ns: int) -> int:
    """The time tag of a moment of the wall clock (ns since 1970)."""
    seconds, rest = divmod(wall_ns, 1_000_000_000)
    return ((seconds + _NTP_EPOCH_S) << 32 | (rest << 32) // 1_000_000_000) % _WRAP


def between(earlier: int, later: int) -> int:
    """From one time tag to another, in 2^-32 s; negative when it is the other way round."""
    return (later - earlier + (_WRAP >> 1)) % _WRAP - (_WRAP >> 1)


class FrameMap:
    """Time tags to session frames.

    The two clocks are tied together once and stay so until they disagree by more than a millisecond: tags that are
    10 ms apart become frames that are 480 apart, exactly, whatever the reading of the clocks jitters.
    """

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._tag: int | None = None
        self._frame = 0

    def frame_of(self, timetag: int, now_tag: int, now_frame: int) -> int:
        """The frame of a time tag, given what both clocks say now."""
        if self._tag is None or abs(self._mapped(self._tag, now_tag) - now_frame) > _SLACK_FRAMES:
            self._tag, self._frame = now_tag, now_frame
        return self._mapped(self._tag, timetag)

    def _mapped(self, anchor: int, timetag: int) -> int:
        return self._frame + ((between(anchor, timetag) * self._rate_hz + (1 << 31)) >> 32)


class Timing:
    """When a bundle's messages take effect.

    ``schedule``: at the sample of the time tag; one in the past at once, one beyond the horizon never (refused).
    ``deliver``: at once, but what lies beyond the horizon, on either side, is refused all the same.
    ``ignore``: at once, whatever the tag says.
    """

    def __init__(self, policy: Policy, horizon_s: float, rate_hz: int) -> None:
        self._policy = policy
        self._horizon_s = horizon_s
        self._map = FrameMap(rate_hz)

    def frame_of(self, timetag: int, now_tag: int, now_frame: int) -> int | None:
        """The frame at which to act; None: at once. Raises MessageError ``out_of_range`` beyond the horizon."""
        if timetag == IMMEDIATELY or self._policy == "ignore":
            return None
        ahead_s = between(now_tag, timetag) / (1 << 32)
        if ahead_s > self._horizon_s or (self._policy == "deliver" and ahead_s < -self._horizon_s):
            way = "ahead" if ahead_s > 0 else "back"
            cure = 'Set both clocks right, send later, or set [bridge.osc] timetags = "ignore" or horizon_s.'
            problem = f"The time tag lies {abs(ahead_s):.1f} s {way}; at most {self._horizon_s:g} s are allowed."
            raise MessageError("out_of_range", problem, cure=cure)
        if self._policy == "deliver" or ahead_s <= 0:
            return None
        return self._map.frame_of(timetag, now_tag, now_frame)
