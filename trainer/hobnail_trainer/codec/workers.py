"""Work on many clips or scenes, here or in a few other processes; results come in their order, whatever the number."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Final, TypeVar

from hobnail_trainer.errors import TrainerError

Item = TypeVar("Item")
Result = TypeVar("Result")
Work = Callable[[Sequence[Item]], list[Result]]

AT_ONCE: Final = 64  #: clips; a codec is built once for so many


def over_clips(
    work: Work[Item, Result],
    clips: Sequence[Item],
    *,
    jobs: int,
    tell: Callable[[str], None],
    at_once: int | None = None,
    what: str = "clips",
) -> Iterator[tuple[Item, Result]]:
    """Each clip, or ``what`` they are, with its result; ``work`` can be pickled, ``at_once`` is how many it gets.

    Raises what it raises; TrainerError when a process dies.
    """
    size = at_once or AT_ONCE
    shelves = [clips[at : at + size] for at in range(0, len(clips), size)]
    done = 0
    for shelf, results in zip(shelves, _results(work, shelves, jobs), strict=True):
        yield from zip(shelf, results, strict=True)
        done += len(shelf)
        tell(f"{done} of {len(clips)} {what}")


def _results(work: Work[Item, Result], shelves: Sequence[Sequence[Item]], jobs: int) -> Iterator[list[Result]]:
    if jobs == 1 or len(shelves) == 1:
        yield from map(work, shelves)
        return
    # spawn: a fork of a process that has threads may hang, and Windows knows nothing else
    with ProcessPoolExecutor(max_workers=jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        try:
            yield from pool.map(work, shelves)
        except BrokenProcessPool as error:
            raise TrainerError("A process that worked on clips died.", cure="Try again with --jobs 1.") from error
