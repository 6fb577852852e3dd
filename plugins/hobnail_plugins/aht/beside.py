"""A thread beside the engine's: what it is asked comes back when it is done, the most urgent first.

::

    engine thread   ask(work) ─► waiting, by urgency ─► the thread ─► done ─► arrived()

Work that is made in pieces gives way between them to what is more urgent.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from threading import Event, Lock
from time import perf_counter
from typing import Final, Generic, TypeVar, cast

Made = TypeVar("Made")
Asker = TypeVar("Asker")
Given = TypeVar("Given")

Work = Generator[None, None, Made]
"""It yields where it could give way, and returns what it made."""

FIRST: Final = 0.0
"""The greatest urgency; a greater number is less urgent."""


@dataclass(slots=True, order=True)
class _Job:
    urgency: float
    number: int
    asker: object = field(compare=False)
    work: Work[object] = field(compare=False)
    cost_s: float = field(compare=False)
    began_s: float | None = field(compare=False, default=None)


@dataclass(frozen=True, slots=True)
class Done(Generic[Asker, Made]):
    """Work that is done: who asked for it, and what was made or what went wrong."""

    asker: Asker
    made: Made | None
    error: Exception | None = None


class Beside(Generic[Asker, Made]):
    """One thread; it begins with the first :meth:`ask`. Until then everything is done where it is asked for."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._pool: ThreadPoolExecutor | None = None
        self._lock = Lock()
        self._waiting: list[_Job] = []
        self._now: _Job | None = None
        self._done: deque[Done[Asker, Made]] = deque()
        self._numbers = count()
        self.on_done: Callable[[], None] | None = None  #: called by the thread when something is done

    @property
    def began(self) -> bool:
        """[engine] Whether there is a thread."""
        return self._pool is not None

    def ask(self, asker: Asker, work: Work[Made], *, urgency: float, cost_s: float = 0.0) -> None:
        """[engine] Have ``work`` done, which will probably take ``cost_s``."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, self._name)
        with self._lock:
            heapq.heappush(self._waiting, _Job(urgency, next(self._numbers), asker, work, cost_s))
        self._pool.submit(self._go_on)

    def arrived(self) -> list[Done[Asker, Made]]:
        """[engine] What was done since the last call."""
        found: list[Done[Asker, Made]] = []
        while self._done:
            found.append(self._done.popleft())
        return found

    def run(self, work: Callable[[], Given]) -> Given:
        """[engine] Have it done at once, and wait for it: after what waits already. Raises what it raises."""
        if self._pool is None:
            return work()
        there = Event()
        found: list[Given | Exception] = []

        def kept() -> None:
            try:
                found.append(work())
            except Exception as error:  # raised again where it was asked for
                found.append(error)
            there.set()

        with self._lock:
            last = max((job.urgency for job in self._waiting), default=FIRST)
            heapq.heappush(self._waiting, _Job(last, next(self._numbers), None, whole(kept), cost_s=0.0))
        self._pool.submit(self._go_on)
        there.wait()
        if isinstance(found[0], Exception):
            raise found[0]
        return found[0]

    def wait_s(self, urgency: float) -> float:
        """[engine] About how long what is asked now waits until it is begun."""
        with self._lock:
            waiting = sum(job.cost_s for job in self._waiting if job.urgency <= urgency)
            now = self._now
        if now is None or now.began_s is None:
            return waiting
        return waiting + max(0.0, now.cost_s - (perf_counter() - now.began_s))

    def _go_on(self) -> None:
        """A piece of the most urgent work."""
        with self._lock:
            job = self._now = heapq.heappop(self._waiting)
        job.began_s = perf_counter()
        error: Exception | None = None
        made: object = None
        try:
            next(job.work)
        except StopIteration as stop:
            made = stop.value
        except Exception as problem:  # told where it was asked for
            error = problem
        else:
            with self._lock:
                heapq.heappush(self._waiting, job)
                self._now = None
            assert self._pool is not None
            self._pool.submit(self._go_on)
            return
        if job.asker is not None:
            self._done.append(Done(cast("Asker", job.asker), cast("Made | None", made), error))
            if self.on_done is not None:
                self.on_done()
        self._now = None


def whole(work: Callable[[], Made]) -> Work[Made]:
    """Work that gives way to nothing."""
    return work()
    yield


def finished(work: Work[Made]) -> Made:
    """All of it at once."""
    while True:
        try:
            next(work)
        except StopIteration as stop:
            return cast("Made", stop.value)
