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
    """A share of time, 0..1, that sinks by itself. [engine]"""

    def __init__(self, clock: Callable[[], float] = perf_counter) -> None:
        self._clock = clock
        self._taken_s, self._at_s = 0.0, clock()

    @property
    def now(self) -> float:
        """Of the last second or so."""
        return self._taken_s * math.exp((self._at_s - self._clock()) / OVER_S) / OVER_S

    @contextmanager
    def spent(self) -> Iterator[None]:
        """Count what is done within."""
        began_s = self._clock()
        try:
            yield
        finally:
            self._taken_s = self.now * OVER_S + self._clock() - began_s
            self._at_s = self._clock()
