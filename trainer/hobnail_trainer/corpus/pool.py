"""Runs the processing of files in order, here or in a few other processes; a decoder that crashes costs one file."""

from __future__ import annotations

import hashlib
import multiprocessing
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from hobnail_trainer.corpus.containers import Sound
from hobnail_trainer.corpus.files import disk_error
from hobnail_trainer.corpus.process import Measured, Refused, process
from hobnail_trainer.corpus.recipe import Limits

Waiting = tuple[Sound, Future[Measured | Refused]]


class Workers:
    """Processes of one corpus. Use as a context. [one thread]"""

    def __init__(self, corpus: Path, limits: Limits, jobs: int) -> None:
        self._corpus, self._limits, self._jobs = corpus, limits, jobs
        self._pool = self._new_pool() if jobs > 1 else None

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def run(self, package: str, sounds: Iterable[Sound]) -> Iterator[Measured | Refused]:
        """What became of each sound, in order. No more than a few are held in memory."""
        waiting: deque[Waiting] = deque()
        for sound in sounds:
            if self._pool is None:
                yield self._here(package, sound)
                continue
            waiting.append((sound, self._submit(package, sound)))
            if len(waiting) >= 4 * self._jobs:
                yield self._next(package, waiting)
        while waiting:
            yield self._next(package, waiting)

    def _next(self, package: str, waiting: deque[Waiting]) -> Measured | Refused:
        sound, future = waiting.popleft()
        try:
            return future.result()
        except BrokenProcessPool:
            return self._alone(package, sound, waiting)
        except OSError as error:
            raise disk_error(self._corpus, error) from error

    def _alone(self, package: str, sound: Sound, waiting: deque[Waiting]) -> Measured | Refused:
        """After a crash: this sound by itself, the others again in a new pool."""
        with self._new_pool(1) as alone:
            try:
                result = alone.submit(_process, package, sound, self._corpus, self._limits).result()
            except BrokenProcessPool:
                digest = hashlib.sha256(sound.data).hexdigest()
                result = Refused(path=sound.path, sha256=digest, reason="corrupt", detail="the decoder crashed")
        self._pool = self._new_pool()
        others = [other for other, _ in waiting]
        waiting.clear()
        waiting.extend((other, self._submit(package, other)) for other in others)
        return result

    def _submit(self, package: str, sound: Sound) -> Future[Measured | Refused]:
        assert self._pool is not None
        try:
            return self._pool.submit(_process, package, sound, self._corpus, self._limits)
        except BrokenProcessPool as error:
            broken: Future[Measured | Refused] = Future()
            broken.set_exception(error)
            return broken

    def _here(self, package: str, sound: Sound) -> Measured | Refused:
        try:
            return _process(package, sound, self._corpus, self._limits)
        except OSError as error:
            raise disk_error(self._corpus, error) from error

    def _new_pool(self, jobs: int | None = None) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(max_workers=jobs or self._jobs, mp_context=context)


def _process(package: str, sound: Sound, corpus: Path, limits: Limits) -> Measured | Refused:
    try:
        return process(sound.path, sound.data, sound.note, corpus=corpus, package=package, limits=limits)
    except (
        ArithmeticError,
        LookupError,
        MemoryError,
        ValueError,
    ) as error:  # of libraries, on sounds nobody thought of
        digest = hashlib.sha256(sound.data).hexdigest()
        return Refused(path=sound.path, sha256=digest, reason="failed", detail=f"{type(error).__name__}: {error}")
