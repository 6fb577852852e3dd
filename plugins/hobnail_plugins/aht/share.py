"""How much of the engine's time one-shots took lately: what sounds together with them needs the rest."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Final

OVER_S: Final = 1.0
"""Of what is longer ago, little counts."""


class Share:
    """A share of time, 0..1, that sinks by itself. One thread counts, any may look."""

    def __init__(self, clock: Callable[[], float] = perf_counter) -> None:
        self._clock = clock
        self._known = 0.0, clock()  # what was taken, and when

    @property
    def now(self) -> float:
        """Of the last second or so."""
        taken_s, at_s = self._known
        return taken_s * math.exp((at_s - self._clock()) / OVER_S) / OVER_S

    @contextmanager
    def spent(self) -> Iterator[None]:
        """Count what is done within."""
        began_s = self._clock()
        try:
            yield
        finally:
            self._known = self.now * OVER_S + self._clock() - began_s, self._clock()
