"""MessageQueue at the door to Python."""

from multiprocessing.shared_memory import SharedMemory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hobnail_native import MessageQueue


def make(size: int = 2048) -> MessageQueue:
    return MessageQueue(memoryview(bytearray(size)), create=True)


@given(st.lists(st.binary(max_size=300), max_size=60))
def test_every_message_comes_out_as_it_went_in(messages: list[bytes]) -> None:
    queue = make()
    waiting: list[bytes] = []
    for message in messages:
        while not queue.push(message):
            assert queue.pop() == waiting.pop(0)
        waiting.append(message)
    assert [queue.pop() for _ in waiting] == waiting
    assert queue.pop() is None
    assert queue.used_bytes == 0
    assert queue.pushed == len(messages)


def test_a_full_queue_refuses_and_counts() -> None:
    queue = make()
    while queue.push(b"x" * 100):
        pass
    assert queue.refused == 1
    assert queue.capacity_bytes - queue.used_bytes < 104


def test_a_message_that_can_never_fit_is_an_error() -> None:
    queue = make()
    assert queue.push(b"x" * queue.longest_message_bytes)
    with pytest.raises(ValueError, match="can never fit"):
        queue.push(b"x" * (queue.longest_message_bytes + 1))


def test_only_bytes_are_taken() -> None:
    with pytest.raises(TypeError):
        make().push("text")  # type: ignore[arg-type]


def test_too_little_memory_is_refused() -> None:
    with pytest.raises(ValueError, match="has 64 bytes of memory, needs"):
        make(64)


def test_attaching_to_what_is_not_a_queue_says_so() -> None:
    with pytest.raises(ValueError, match="created with create=True"):
        MessageQueue(memoryview(bytearray(2048)), create=False)


def test_corrupt_memory_is_noticed() -> None:
    memory = bytearray(2048)
    queue = MessageQueue(memoryview(memory), create=True)
    queue.push(b"abcdefgh")
    at = memory.index(b"abcdefgh")
    memory[at - 4 : at] = b"\xff\xff\xff\x7f"
    with pytest.raises(RuntimeError, match="corrupt"):
        queue.pop()


def test_a_waiter_is_taken_once_and_only_if_it_waits() -> None:
    queue = make()
    queue.push(b"a")
    assert not queue.take_waiter()
    assert not queue.prepare_wait()  # a message is there
    assert not queue.take_waiter()
    queue.pop()
    assert queue.prepare_wait()
    queue.push(b"b")
    assert queue.take_waiter()
    assert not queue.take_waiter()


def test_closing_lets_the_shared_memory_go() -> None:
    shared = SharedMemory(create=True, size=4096)
    try:
        queue = MessageQueue(shared.buf, create=True)
        queue.close()
        with pytest.raises(ValueError, match="used after close"):
            queue.push(b"x")
    finally:
        shared.close()  # BufferError if the queue still held it
        shared.unlink()
