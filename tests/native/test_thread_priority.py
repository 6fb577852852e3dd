"""Short turns of the processor: asked for by a thread, inherited by those that it starts, and nothing else changed."""

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hobnail_native import ask_for_short_turns

linux = pytest.mark.skipif(sys.platform != "linux", reason="what the system grants is read in /proc")


def slice_ms(thread: int) -> float:
    """The length of a thread's turn as the kernel has it."""
    for line in Path(f"/proc/self/task/{thread}/sched").read_text().splitlines():
        if line.startswith("se.slice"):
            return float(line.split(":")[1]) / 1e6
    pytest.skip("this kernel does not tell the length of turns")


def asked() -> tuple[bool, int, int]:
    granted = ask_for_short_turns()
    return granted, os.sched_getscheduler(0), os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


@linux
def test_policy_and_share_stay_what_they_were() -> None:
    with ThreadPoolExecutor(1) as thread:
        before = thread.submit(lambda: (os.sched_getscheduler(0), os.getpriority(os.PRIO_PROCESS, 0))).result()
        granted, *after = thread.submit(asked).result()
    assert isinstance(granted, bool)
    assert tuple(after) == before


@linux
def test_turns_become_short_for_the_thread_and_for_those_that_it_starts() -> None:
    told: list[float] = []

    def child() -> None:
        told.append(slice_ms(threading.get_native_id()))

    def parent() -> None:
        if ask_for_short_turns():
            told.append(slice_ms(threading.get_native_id()))
            thread = threading.Thread(target=child)
            thread.start()
            thread.join()

    thread = threading.Thread(target=parent)
    thread.start()
    thread.join()
    assert told in ([0.1, 0.1], [])
    if not told:
        pytest.skip("this kernel gives all the same turns")


@linux
def test_a_thread_with_a_real_time_policy_keeps_it() -> None:
    def raised() -> bool | None:
        try:
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
        except PermissionError:
            return None
        granted = ask_for_short_turns()
        assert os.sched_getscheduler(0) == os.SCHED_RR
        return granted

    with ThreadPoolExecutor(1) as thread:
        granted = thread.submit(raised).result()
    if granted is None:
        pytest.skip("no right to a real-time policy here")
    assert granted is False
