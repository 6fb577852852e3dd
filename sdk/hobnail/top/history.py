"""What was published so far, and what follows from it: rates, recent distributions, who was lately heard. Pure."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from hobnail.histogram import Bins, bins_since
from hobnail.metrics import Metrics
from hobnail.protocol import Ended, ErrorMessage
from hobnail.top.feed import BridgeCounters, News

KEPT_S: Final = 60.0
RECENT_S: Final = 10.0
"""The window of rates and distributions: long enough for a p99, short enough to be now."""

STALE_S: Final = 3.0


@dataclass(frozen=True, slots=True)
class _Moment:
    at_s: float
    metrics: Metrics


class History:
    """The last minute of a server. Times are passed in, in seconds of any steady clock. [one thread]"""

    def __init__(self) -> None:
        self._moments: deque[_Moment] = deque()
        self.bridge: BridgeCounters = {}
        self.ended: Counter[tuple[str, str]] = Counter()  #: (engine, reason) -> voices, since we look
        self.errors: deque[ErrorMessage] = deque(maxlen=4)

    def take(self, news: Iterable[News], now_s: float) -> None:
        """Note what came."""
        for each in news:
            match each:
                case Metrics():
                    self._note(each, now_s)
                case Ended():
                    self.ended[each.engine, each.reason] += 1
                case ErrorMessage():
                    self.errors.append(each)
                case _:
                    self.bridge = each

    @property
    def now(self) -> Metrics | None:
        """The newest snapshot."""
        return self._moments[-1].metrics if self._moments else None

    def silent_s(self, now_s: float) -> float:
        """How long nothing was heard; infinite when nothing ever was."""
        return now_s - self._moments[-1].at_s if self._moments else float("inf")

    def per_second(self, counter: str) -> float:
        """How fast a counter of the snapshots rose within the last ten seconds."""
        first, last = self._window()
        if last.at_s <= first.at_s:
            return 0.0
        return float(getattr(last.metrics, counter) - getattr(first.metrics, counter)) / (last.at_s - first.at_s)

    def risen(self, counter: str) -> int:
        """By how much a counter rose within the last ten seconds."""
        first, last = self._window()
        return int(getattr(last.metrics, counter) - getattr(first.metrics, counter))

    def recent(self, bins: str) -> Bins:
        """The part of a distribution that is of the last ten seconds."""
        first, last = self._window()
        now: Bins = getattr(last.metrics, bins)
        return bins_since(getattr(first.metrics, bins), now) if first is not last else now

    def line(self, figure: str) -> Sequence[float]:
        """A figure over the last minute, oldest first."""
        return [float(getattr(moment.metrics, figure)) for moment in self._moments]

    def _note(self, metrics: Metrics, now_s: float) -> None:
        if self._moments and metrics.frame < self._moments[-1].metrics.frame:
            self._moments.clear()  # the server was started again: its counters begin anew
            self.ended.clear()
        self._moments.append(_Moment(now_s, metrics))
        while now_s - self._moments[0].at_s > KEPT_S:
            self._moments.popleft()

    def _window(self) -> tuple[_Moment, _Moment]:
        last = self._moments[-1] if self._moments else _Moment(0.0, Metrics())
        first = next((moment for moment in self._moments if last.at_s - moment.at_s <= RECENT_S), last)
        return first, last
