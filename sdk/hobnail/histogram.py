"""Distributions in constant memory: a histogram, its percentiles, and the median of the last few."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Mapping
from statistics import median

import msgspec

_EDGES_MS = tuple(0.05 * 1.1**step for step in range(120))  # 0.05 ms .. 4.2 s, each bin 10 % wide

Bins = tuple[tuple[float, int], ...]
"""(upper edge in ms, count) of every bin that holds something; the last edge may be the longest duration."""


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
        return percentiles_of(self.bins())

    def bins(self) -> Bins:
        """Every bin that holds something, shortest first."""
        edges = (*_EDGES_MS, self._max_ms)
        return tuple((min(edge, self._max_ms), count) for edge, count in zip(edges, self._bins, strict=True) if count)


def percentiles_of(bins: Bins) -> Percentiles:
    """The percentiles of a distribution; the longest edge counts as its maximum."""
    total = sum(count for _, count in bins)
    if total == 0:
        return Percentiles()
    return Percentiles(
        count=total,
        p50_ms=_quantile(bins, 0.50 * total),
        p95_ms=_quantile(bins, 0.95 * total),
        p99_ms=_quantile(bins, 0.99 * total),
        max_ms=bins[-1][0],
    )


def bins_since(before: Bins, now: Bins) -> Bins:
    """What was counted between two snapshots of one histogram."""
    old: Mapping[int, int] = _by_place(before)
    return tuple((edge, more) for edge, count in now if (more := count - old.get(_place(edge), 0)) > 0)


class RecentMedian:
    """The median of the last few values. [one thread]"""

    def __init__(self, kept: int = 128) -> None:
        self._values: deque[float] = deque(maxlen=kept)

    def add(self, value: float) -> None:
        """Take one more; the oldest is forgotten."""
        self._values.append(value)

    @property
    def value(self) -> float:
        """The median, 0.0 before the first value."""
        return median(self._values) if self._values else 0.0


def _quantile(bins: Bins, wanted: float) -> float:
    seen = 0
    for edge, count in bins:
        seen += count
        if seen >= wanted:
            return edge
    return bins[-1][0]


def _place(edge: float) -> int:
    """The bin that an edge belongs to: the highest bin's edge moves with the maximum."""
    return bisect_left(_EDGES_MS, edge)


def _by_place(bins: Bins) -> dict[int, int]:
    return {_place(edge): count for edge, count in bins}
