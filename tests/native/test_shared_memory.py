"""Ring, queue and clock page between two processes."""

import multiprocessing
from multiprocessing.shared_memory import SharedMemory

import numpy as np

from hobnail_native import ClockPage, FrameRing, MessageQueue, monotonic_ns

MESSAGES = 3000
RING = (2, 512)

# Runs in the other process, through exec: a function of this file could not be imported there by name.
ECHO = """
from multiprocessing.shared_memory import SharedMemory
from hobnail_native import ClockPage, FrameRing, MessageQueue
blocks = [SharedMemory(name=name) for name in names]
into, back = (MessageQueue(block.buf, create=False) for block in blocks[:2])
ring = FrameRing.over(blocks[2].buf, *shape, create=False)
page = ClockPage(blocks[3].buf, create=False)
done = 0
while done < messages:
    message = into.pop()
    if message is None:
        continue
    while not back.push(message[::-1]):
        pass
    done += 1
samples = ring.read(10_000)
ring.write(-samples)
page.write(page.read()[0] + 1, page.read()[1])
for thing in (into, back, ring, page):
    thing.close()
for block in blocks:
    block.close()
"""


def test_messages_frames_and_time_cross_to_another_process_and_back() -> None:
    sizes = (1 << 14, 1 << 14, FrameRing.bytes_needed(*RING), ClockPage.BYTES)
    blocks = [SharedMemory(create=True, size=size) for size in sizes]
    there, back = (MessageQueue(block.buf[:size], create=True) for block, size in zip(blocks, sizes[:2], strict=False))
    ring = FrameRing.over(blocks[2].buf, *RING, create=True)
    page = ClockPage(blocks[3].buf)
    try:
        page.write(41, 5)
        samples = np.random.default_rng(1).standard_normal((300, 2)).astype(np.float32)
        ring.write(samples)
        names = [block.name for block in blocks]
        scope = {"names": names, "messages": MESSAGES, "shape": RING}
        child = multiprocessing.get_context("spawn").Process(target=exec, args=(ECHO, scope))
        child.start()
        sent, got = 0, []
        deadline = monotonic_ns() + 60_000_000_000
        while len(got) < MESSAGES and monotonic_ns() < deadline and (sent < 10 or child.is_alive() or back.used_bytes):
            if sent < MESSAGES and there.push(f"message {sent}".encode() * (sent % 9)):
                sent += 1
            if (answer := back.pop()) is not None:
                got.append(answer)
        child.join(30)
        assert child.exitcode == 0
        assert got == [(f"message {number}".encode() * (number % 9))[::-1] for number in range(MESSAGES)]
        np.testing.assert_array_equal(ring.read(1000), -samples)
        assert page.read() == (42, 5)
    finally:
        for thing in (there, back, ring, page):
            thing.close()
        for block in blocks:
            block.close()
            block.unlink()
