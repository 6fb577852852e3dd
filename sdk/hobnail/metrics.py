"""An immutable snapshot of how a session is doing, and the histogram that its latencies come from."""

from __future__ import annotations

from bisect import bisect_left

import msgspec

_EDGES_MS = tuple(0.05 * 1.1**step for step in range(120))  # 0.05 ms .. 4.2 s, each bin 10 % wide


class Percentiles(msgspec.Struct, frozen=True, kw_only=True):
    """A distribution in milliseconds; each figure is the upper edge of a bin 10 % wide."""

    count: int = 0
    p50_ms: float = 0.0
    p95_ms: float = 0.0
    p99_ms: float = 0.0
    max_ms: float = 0.0


class Histogram:
    """Counts durations without keeping them; constant memory however long a show runs. [one thread]"""

    def __init__(self) -> None:
        self._bins = [0] * (len(_EDGES_MS) + 1)
        self._count = 0
        self._max_ms = 0.0

    def add(self, duration_ms: float) -> None:
        """Count one duration."""
        self._bins[bisect_left(_EDGES_MS, duration_ms)] += 1
        self._count += 1
        self._max_ms = max(self._max_ms, duration_ms)

    def percentiles(self) -> Percentiles:
        """The distribution so far."""
        return Percentiles(
            count=self._count,
            p50_ms=self._quantile(0.50),
            p95_ms=self._quantile(0.95),
            p99_ms=self._quantile(0.99),
            max_ms=self._max_ms,
        )

    def _quantile(self, share: float) -> float:
        wanted = share * self._count
        seen = 0
        for edge, count in zip((*_EDGES_MS, self._max_ms), self._bins, strict=True):
            seen += count
            if count and seen >= wanted:
                return min(edge, self._max_ms)
        return 0.0


class Metrics(msgspec.Struct, frozen=True, kw_only=True):
    """How the session is doing. Counters run from its start."""

    frame: int = 0  #: session clock
    engine: str = ""
    voices: int = 0  #: sounding now
    emitters: int = 0
    events: int = 0
    events_late: int = 0  #: scheduled frame already past when they arrived
    refused: int = 0
    voices_stolen: int = 0
    voices_failed: int = 0
    underruns: int = 0  #: times a voice had no sound ready when it was mixed
    underrun_frames: int = 0
    late_blocks: int = 0  #: mixer blocks that began more than 5 ms late
    sink_overruns: int = 0  #: frames a sink or a tap did not take
    peak: float = 0.0  #: of the mix since the last snapshot, 1.0 = full scale
    engine_step: Percentiles = Percentiles()
    event_latency: Percentiles = Percentiles()  #: border to first audible sample in the sink's buffer
