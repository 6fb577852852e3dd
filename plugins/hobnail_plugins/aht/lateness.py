"""When steps are late in a row: a voice is one too many, or it was the machine's hiccup."""

from __future__ import annotations

from typing import Final

LATE_STEPS: Final = 3
"""Steps in a row that are late by rule alone, before a voice is one too many: one is the machine's hiccup."""

LATE_S: Final = 0.25
"""And so long they last: what piled up behind a hiccup is late as well, and then over."""


class Lateness:
    """Counts steps that were late although all was left out that can be. [engine]"""

    def __init__(self) -> None:
        self._steps = 0  # in a row
        self._since_s = 0.0

    def note(self, late: bool, now_s: float) -> bool:
        """After a step; whether voices are too many."""
        self._steps = self._steps + 1 if late else 0
        if not self._steps:
            self._since_s = now_s
        return self._steps >= LATE_STEPS and now_s - self._since_s >= LATE_S
