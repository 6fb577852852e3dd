"""What is left out when time is short, and when it comes back. Numbers in, a level out; no clock of its own.

::

    level 0  whole      every pass that the bundle asks for
          1  fewer      one pass a block
          2  stand-in   the rest of the voices, the least important first, are played by rule
          3  too many   even so it would be late: the session is asked to steal

It rises at once, by as much as it takes, and falls by one level after a second in which the level below would have had
time to spare. So one slow moment costs a second of finer sound, and a load on the edge does not flutter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

Level = Literal[0, 1, 2, 3]

SHARE: Final = 0.8
"""Of the time until the first voice runs dry, that a step may take: the rest is for what nobody foresaw."""

FINE: Final = 0.42
"""Of its own length, that a step may take with all of its passes: beyond, one is enough. Half is promised at the 99th
percentile, and a hiccup takes what is left."""

PACE: Final = 0.7
"""The same with one pass: beyond, one-shots and commands would find no time between steps."""

SPARE: Final = 0.75
"""Of the time allowed, that the level below has to keep within before it comes back."""

WORTH: Final = 0.5
"""Of what one pass costs, that rules may cost to stand in for it: who is stood in for is heard to change."""

CALM_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How the next step is made."""

    level: Level
    voices: int  #: that the network plays; the others are stood in for


class Pressure:
    """Keeps the level. [engine]"""

    def __init__(self) -> None:
        self.level: Level = 0
        self.rises = 0  #: times that it rose, so far
        self._calm_since_s: float | None = None

    def plan(
        self,
        voices: int,
        cost_s: Callable[[int, bool], float],
        *,
        slack_s: float,
        step_s: float,
        now_s: float,
        others_s: float = 0.0,
    ) -> Plan:
        """For ``voices`` that the network could play. ``cost_s(voices, fewer)``: of a step of so many.

        ``slack_s``: until the first of them runs dry; ``step_s``: how much sound a step makes; ``others_s``: what other
        voices' steps take of the same time.
        """
        allowed_s = max(0.0, min(SHARE * slack_s, PACE * step_s - others_s))
        fine_s = min(allowed_s, FINE * step_s)
        needed = _needed(voices, cost_s, fine_s, allowed_s)
        if needed > self.level:
            self.level, self._calm_since_s = needed, None
            self.rises += 1
        elif self.level and _needed(voices, cost_s, SPARE * fine_s, SPARE * allowed_s) < self.level:
            if self._calm_since_s is None:
                self._calm_since_s = now_s
            elif now_s - self._calm_since_s >= CALM_S:
                self.level, self._calm_since_s = _below(self.level), None
        else:
            self._calm_since_s = None
        if self.level < 2 or not _rules_help(voices, cost_s):
            return Plan(self.level, voices)
        spared_s = allowed_s if needed >= 2 else SPARE * allowed_s
        return Plan(self.level, most(voices, lambda count: cost_s(count, True), spared_s))

    def rest(self, now_s: float) -> None:
        """Nothing sounds: what was short is over."""
        if self.level:
            if self._calm_since_s is None:
                self._calm_since_s = now_s
            elif now_s - self._calm_since_s >= CALM_S:
                self.level, self._calm_since_s = _below(self.level), None


def _needed(voices: int, cost_s: Callable[[int, bool], float], fine_s: float, allowed_s: float) -> Level:
    if cost_s(voices, False) <= fine_s:
        return 0
    if cost_s(voices, True) <= allowed_s:
        return 1
    helps = _rules_help(voices, cost_s) and most(voices, lambda count: cost_s(count, True), allowed_s) > 0
    return 2 if helps else 3


def _rules_help(voices: int, cost_s: Callable[[int, bool], float]) -> bool:
    """Whether voices by rule cost so much less than a pass that the change is worth it: of the native one, hardly."""
    return cost_s(0, True) < WORTH * cost_s(voices, True)


def most(voices: int, cost_s: Callable[[int], float], allowed_s: float) -> int:
    """The largest number of voices, at most ``voices``, that keeps within the time; costs grow with the number."""
    low, high = 0, voices
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if cost_s(middle) <= allowed_s else (low, middle - 1)
    return low


def _below(level: Level) -> Level:
    return {3: 2, 2: 1, 1: 0, 0: 0}[level]  # type: ignore[return-value]  # all of them are levels
