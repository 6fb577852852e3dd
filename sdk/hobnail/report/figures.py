"""Distributions as the report prints them. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import numpy as np


class Spread(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A distribution in milliseconds; percentiles by linear interpolation over every single value."""

    count: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float

    @property
    def jitter_ms(self) -> float:
        """p99 - p50."""
        return self.p99_ms - self.p50_ms


def spread_of(values_ms: Iterable[float]) -> Spread | None:
    """The distribution of some durations; None when there are none."""
    values = np.array(list(values_ms), dtype=np.float64)
    if not values.size:
        return None
    p50, p95, p99 = np.percentile(values, [50, 95, 99])
    return Spread(
        count=values.size,
        p50_ms=round(float(p50), 3),
        p95_ms=round(float(p95), 3),
        p99_ms=round(float(p99), 3),
        max_ms=round(float(values.max()), 3),
    )
