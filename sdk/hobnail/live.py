"""The engines of a live session that keep up with a clock: time that is left over, and voices that are too many."""

from __future__ import annotations

from collections.abc import Mapping

from hobnail.contracts import DeferringEngine, Engine, LiveEngine
from hobnail.voices import Voices


class LiveSide:
    """Asks engines that offer it; rendered offline it asks nobody. [engine]"""

    def __init__(self, engines: Mapping[str, Engine], voices: Voices, *, live: bool) -> None:
        self._engines = [engine for engine in engines.values() if live and isinstance(engine, LiveEngine)]
        self._deferring = [engine for engine in engines.values() if live and isinstance(engine, DeferringEngine)]
        self._voices = voices

    def arrive(self) -> None:
        """Give voices the blocks that were coming."""
        for engine in self._deferring:
            for arrival in engine.arrived():
                self._voices.arrive(arrival)

    @property
    def any(self) -> bool:
        """Whether there is one."""
        return bool(self._engines)

    def shed(self) -> None:
        """Steal the voices that engines have too many of."""
        for engine in self._engines:
            if count := engine.excess():
                self._voices.shed(engine, count)

    def idle(self, until_s: float) -> bool:
        """Let engines work ahead until a voice or, ``until_s`` from now, a command is due; whether one did."""
        if not self._engines:
            return False
        spare_s = self._voices.spare_s()
        budget_s = until_s if spare_s is None else min(until_s, spare_s)
        worked = [engine.idle(budget_s) for engine in self._engines] if budget_s > 0.0 else []
        return any(worked)
