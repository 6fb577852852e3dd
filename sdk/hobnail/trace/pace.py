"""A trace played faster than it was recorded."""

from __future__ import annotations

from msgspec.structs import replace

from hobnail.errors import TraceError
from hobnail.trace.model import Trace


def faster(trace: Trace, speed: float) -> Trace:
    """The same items, each at ``1 / speed`` of its time; speeds and sizes in it stay as they were.

    Raises TraceError for a speed that is not above 0.
    """
    if not speed > 0:
        raise TraceError(f"A trace cannot be played at {speed:g} times its speed.", cure="Give a number above 0.")
    header = replace(
        trace.header,
        duration_frames=max(1, round(trace.header.duration_frames / speed)),
        tick_hz=trace.header.tick_hz * speed,
    )
    return replace(trace, header=header, items=tuple(replace(item, at=round(item.at / speed)) for item in trace.items))
