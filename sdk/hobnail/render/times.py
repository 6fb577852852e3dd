"""Times as people write them, in frames."""

from __future__ import annotations

import re

from hobnail.audio import RATE_HZ
from hobnail.errors import RenderError

_CLOCK = re.compile(r"(\d{1,2}):(\d{2}):(\d{2}(?:\.\d+)?)")
_DAY_FRAMES = 24 * 3600 * RATE_HZ


def frames_of_day(text: str) -> int:
    """ "01:00:00", "01:00:00.5" or "172800000" -> frames from midnight. Raises RenderError."""
    if found := _CLOCK.fullmatch(text.strip()):
        hours, minutes, seconds = int(found[1]), int(found[2]), float(found[3])
        frames = (hours * 60 + minutes) * 60 * RATE_HZ + round(seconds * RATE_HZ)
        if minutes < 60 and seconds < 60 and frames < _DAY_FRAMES:
            return frames
    elif text.strip().isdigit():
        return int(text)
    raise RenderError(
        f"time reference: found {text!r}, expected hh:mm:ss within a day, or frames from midnight.",
        cure="Write --time-reference 01:00:00.",
    )


def seconds_of(text: str) -> float:
    """ "2.5" or "1:02.5" (minutes) -> seconds. Raises RenderError."""
    parts = text.strip().split(":")
    try:
        seconds = 0.0
        for part in parts:
            seconds = 60.0 * seconds + float(part)
    except ValueError:
        seconds = -1.0
    if not 0.0 <= seconds < float("inf") or len(parts) > 3:
        raise RenderError(f"time: found {text!r}, expected seconds or minutes:seconds.", cure="Write 2.5 or 1:02.5.")
    return seconds
