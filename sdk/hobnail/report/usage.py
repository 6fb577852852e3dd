"""What processes cost while a scene runs: processor time and resident memory. psutil if installed, else /proc."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

PERIOD_S = 0.25
Sample = tuple[float, int]  # processor seconds so far, resident bytes


class Usage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Cost of some processes together. ``None`` means that this system does not tell without psutil."""

    processes: int
    seconds: float
    cpu_percent: float | None  #: of one core, averaged
    peak_rss_mb: float | None  #: sum of the processes, at its highest


class UsageMeter:
    """Watches processes by their ids while the ``with`` block runs. [control]"""

    def __init__(self, pids: Sequence[int]) -> None:
        self._pids = tuple(pids)
        self._probe = _probe()
        self._seen: dict[int, tuple[float, float]] = {}  # pid -> first and newest processor seconds
        self._peak_bytes = 0
        self._done = threading.Event()
        self._began_s = time.monotonic()
        self._ended_s = self._began_s
        self._thread = threading.Thread(target=self._watch, name="hobnail-usage", daemon=True)

    def __enter__(self) -> UsageMeter:
        self._began_s = time.monotonic()
        self._look()
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._done.set()
        self._thread.join()
        self._look()
        self._ended_s = time.monotonic()

    def usage(self) -> Usage:
        """The cost so far; final after the ``with`` block."""
        seconds = max(1e-9, self._ended_s - self._began_s)
        busy_s = sum(newest - first for first, newest in self._seen.values())
        return Usage(
            processes=len(self._pids),
            seconds=round(seconds, 2),
            cpu_percent=round(100.0 * busy_s / seconds, 1) if self._seen else None,
            peak_rss_mb=round(self._peak_bytes / 1e6, 1) if self._peak_bytes else None,
        )

    def _watch(self) -> None:
        while not self._done.wait(PERIOD_S):
            self._look()

    def _look(self) -> None:
        total_bytes = 0
        for pid in self._pids:
            sample = self._probe(pid)
            if sample is not None:
                first = self._seen.get(pid, (sample[0], 0.0))[0]
                self._seen[pid] = (first, sample[0])
                total_bytes += sample[1]
        self._peak_bytes = max(self._peak_bytes, total_bytes)


def _probe() -> Callable[[int], Sample | None]:
    try:
        import psutil
    except ImportError:
        return _from_proc if Path("/proc/self/stat").exists() else _own_times

    def from_psutil(pid: int) -> Sample | None:
        try:
            process = psutil.Process(pid)
            times = process.cpu_times()
            return times.user + times.system, process.memory_info().rss
        except psutil.Error:
            return None  # the process is gone, or not ours to look at

    return from_psutil


def _from_proc(pid: int) -> Sample | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return None
    ticks = int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK"), int(fields[21]) * os.sysconf("SC_PAGE_SIZE")


def _own_times(pid: int) -> Sample | None:
    if pid != os.getpid():
        return None
    times = os.times()
    return times.user + times.system, 0
