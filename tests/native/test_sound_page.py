"""SoundPage at the door to Python: what lies where is what docs/protocol.md says."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from multiprocessing.shared_memory import SharedMemory

import numpy as np
import pytest

from hobnail_native import SoundPage

FRAMES = 16_384


@pytest.fixture
def memory() -> Iterator[SharedMemory]:
    shared = SharedMemory(create=True, size=SoundPage.bytes_needed(2, FRAMES))
    yield shared
    shared.close()  # BufferError if a page still held it
    shared.unlink()


def test_another_program_finds_the_sound_by_its_session_frame(memory: SharedMemory) -> None:
    page = SoundPage(memory.buf, 2, FRAMES)
    assert struct.unpack_from("<4sIII", memory.buf) == (b"HSND", 1, 2, FRAMES)
    assert struct.unpack_from("<q", memory.buf, 72) == (-1,)  # nothing is there
    at = 3 * FRAMES - 10  # so that it goes around the end
    sound = np.random.default_rng(1).standard_normal((100, 2)).astype(np.float32)
    page.write(at, sound)
    assert struct.unpack_from("<qq", memory.buf, 64) == (at, at + 100)
    samples = np.frombuffer(memory.buf, "<f4", 2 * FRAMES, 128).reshape(FRAMES, 2).copy()
    np.testing.assert_array_equal(samples[(at + np.arange(100)) % FRAMES], sound)
    page.close()
    with pytest.raises(ValueError, match="used after close"):
        page.write(0, sound)


def test_a_wrong_shape_or_size_is_refused(memory: SharedMemory) -> None:
    page = SoundPage(memory.buf, 2, FRAMES)
    with pytest.raises(ValueError, match=r"expected \[frames, 2\]"):
        page.write(0, np.zeros((10, 1), np.float32))
    page.close()
    with pytest.raises(ValueError, match="bytes of memory, needs"):
        SoundPage(memory.buf, 2, 2 * FRAMES)
    with pytest.raises(ValueError, match="10 frames, expected"):
        SoundPage.bytes_needed(1, 10)
