"""ClockPage and the clock at the door to Python."""

import sys
import time
from multiprocessing.shared_memory import SharedMemory

import pytest

from hobnail_native import ClockPage, monotonic_ns


def test_a_page_gives_back_what_was_written() -> None:
    page = ClockPage()
    page.write(480, 123_456_789_012_345)
    assert page.read() == (480, 123_456_789_012_345)


def test_two_pages_over_one_memory_are_the_same_page() -> None:
    memory = memoryview(bytearray(ClockPage.BYTES))
    creator = ClockPage(memory)
    attached = ClockPage(memory, create=False)
    creator.write(7, 8)
    assert attached.read() == (7, 8)


def test_attaching_to_empty_memory_says_so() -> None:
    with pytest.raises(ValueError, match="created with create=True"):
        ClockPage(memoryview(bytearray(ClockPage.BYTES)), create=False)


def test_too_little_memory_is_refused() -> None:
    with pytest.raises(ValueError, match="bytes of memory, needs"):
        ClockPage(memoryview(bytearray(10)))


def test_closing_lets_the_shared_memory_go() -> None:
    shared = SharedMemory(create=True, size=ClockPage.BYTES)
    try:
        page = ClockPage(shared.buf)
        page.close()
        with pytest.raises(ValueError, match="used after close"):
            page.read()
    finally:
        shared.close()  # BufferError if the page still held it
        shared.unlink()


@pytest.mark.skipif(sys.platform == "win32", reason="Python's monotonic clock is another one there")
def test_the_clock_is_the_one_of_the_time_module() -> None:
    before = time.monotonic_ns()
    now = monotonic_ns()
    assert before <= now <= time.monotonic_ns()
