"""Which events of a trace stand alone, judged by the trace only, so that no measurement picks its own sample."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from hobnail.audio import seconds_to_frames
from hobnail.trace import Trace

ALONE_BEFORE_S: Final = 0.12
ALONE_AFTER_S: Final = 0.05
RING_OUT_S: Final = 0.4  # a sustained sound is still there for so long after its stop

EventKey = tuple[int, str, str]


def clear_events(trace: Trace) -> frozenset[EventKey]:
    """(frame, emitter, name) of events with no other beginning near them and nothing sustained running."""
    begins = [event for event in trace.events if event.action != "stop"]
    spans = _sustained_spans(trace)
    clear = set()
    for event in begins:
        key = (event.at, event.emitter, event.name)
        first, last = event.at - seconds_to_frames(ALONE_BEFORE_S), event.at + seconds_to_frames(ALONE_AFTER_S)
        alone = not any(first <= other.at <= last for other in begins if other is not event)
        covered = any(start <= event.at <= end for owner, start, end in spans if owner != key)
        if alone and not covered:
            clear.add(key)
    return frozenset(clear)


def calm_moments(trace: Trace, *, tries: int = 1000) -> NDArray[np.int64]:
    """Frames of the trace drawn at random where nothing begins within 150 ms and nothing sustained runs."""
    rng = np.random.Generator(np.random.PCG64(1))
    moments = rng.integers(0, trace.header.duration_frames, tries)
    begins = np.array([event.at for event in trace.events if event.action != "stop"], dtype=np.int64)
    calm = np.ones(tries, dtype=bool)
    if begins.size:
        calm &= np.abs(moments[:, None] - begins[None, :]).min(axis=1) > seconds_to_frames(0.15)
    for _, start, end in _sustained_spans(trace):
        calm &= (moments < start) | (moments > end)
    return np.asarray(moments[calm], dtype=np.int64)


def _sustained_spans(trace: Trace) -> list[tuple[EventKey, int, int]]:
    open_spans: dict[tuple[str, str], EventKey] = {}
    spans = []
    for event in trace.events:
        if event.action == "start":
            open_spans[event.emitter, event.name] = (event.at, event.emitter, event.name)
        elif event.action == "stop":
            key = open_spans.pop((event.emitter, event.name))
            spans.append((key, key[0], event.at + seconds_to_frames(RING_OUT_S)))
    return spans
