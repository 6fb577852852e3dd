"""Whoever sleeps at an inbox is woken by a command, by a call, or by the time."""

import threading
import time
from multiprocessing import Pipe

import pytest

from hobnail.inbox import LocalInbox
from hobnail.link.doorbell import Ringer, Waiter
from hobnail_native import MessageQueue

LONG_S = 20.0


def waiter():
    queue = MessageQueue(memoryview(bytearray(65_536)), create=True)
    bell, ringer = Pipe(duplex=False)
    return Waiter(queue, bell), Ringer(queue, ringer), queue


def slept_s(sleep):
    began = time.monotonic()
    sleep()
    return time.monotonic() - began


@pytest.mark.parametrize("make", [lambda: (LocalInbox(),), waiter], ids=["local", "doorbell"])
def test_a_call_ends_a_sleep_or_the_next_one(make):
    inbox, *_kept = make()
    for _ in range(3):  # many calls are one
        inbox.wake()
    assert slept_s(lambda: inbox.wait(LONG_S)) < LONG_S / 2
    assert slept_s(lambda: inbox.wait(0.02)) >= 0.015, "it was for one sleep"
    inbox.wait(0.0)
    other = threading.Timer(0.05, inbox.wake)
    other.start()
    assert slept_s(lambda: inbox.wait(LONG_S)) < LONG_S / 2
    other.join()


def test_calls_between_sleeps_pile_nothing_up():
    sleeper, *_kept = waiter()
    for _ in range(20_000):  # more than a pipe holds
        sleeper.wake()
        sleeper.wait(0.0)
    sleeper.wait(LONG_S)
    assert slept_s(lambda: sleeper.wait(0.02)) >= 0.015


def test_a_message_wakes_as_before():
    sleeper, ringer, queue = waiter()
    other = threading.Timer(0.05, lambda: ringer.push([b"one"]))
    other.start()
    assert slept_s(lambda: sleeper.wait(LONG_S)) < LONG_S / 2
    other.join()
    assert queue.pop() == b"one"
