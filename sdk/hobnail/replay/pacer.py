"""Waiting for exact moments: sleep while they are far, stay close when they are near."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

NEAR_NS: Final = 1_500_000
"""Timers of ordinary systems wake up this late at worst, apart from outliers."""

NAP_NS: Final = 300_000


def wait_until(due_ns: int, *, listen: Callable[[float], None]) -> None:
    """Return at ``due_ns`` of the monotonic clock; until shortly before it ``listen(timeout_s)`` has the time."""
    while (left_ns := due_ns - time.monotonic_ns()) > NEAR_NS:
        listen((left_ns - NEAR_NS) / 1e9)
    while (left_ns := due_ns - time.monotonic_ns()) > 0:
        time.sleep(min(left_ns, NAP_NS) / 1e9)
