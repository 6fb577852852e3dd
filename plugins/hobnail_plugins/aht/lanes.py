"""One or two workers for the batches of a step. Both are done before the step goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")


class Lanes:
    """``count`` 1: everything on the caller's thread. 2: every second batch on another. [engine]"""

    def __init__(self, count: int) -> None:
        self.count = count
        self._other = ThreadPoolExecutor(count - 1, "hobnail-second") if count > 1 else None

    def each(self, make: Callable[[Given], Made], given: Sequence[Given]) -> list[Made]:
        """``make`` of each, in order. Raises what the first one raised, when all are done."""
        if self._other is None or len(given) == 1:
            return [make(one) for one in given]

        def lane(number: int) -> list[Made]:
            return [make(one) for one in given[number :: self.count]]

        there: list[Future[list[Made]]] = [self._other.submit(lane, number) for number in range(1, self.count)]
        try:
            here = lane(0)
        finally:
            others = [future.exception() or future.result() for future in there]
        found: list[list[Made]] = [here]
        for other in others:
            if isinstance(other, BaseException):
                raise other
            found.append(other)
        return [found[index % self.count][index // self.count] for index in range(len(given))]
