"""FrameRing at the door to Python."""

from multiprocessing.shared_memory import SharedMemory

import numpy as np
import pytest

from hobnail_native import FrameRing, Mixer


def frames(count: int, channels: int = 2, first: int = 0) -> np.ndarray:
    return np.arange(first, first + count * channels, dtype=np.float32).reshape(count, channels)


@pytest.mark.parametrize("count", [0, 1, 7, 8])
def test_what_was_written_is_read(count: int) -> None:
    ring = FrameRing(2, 8)
    assert ring.write(frames(count)) == count
    assert ring.readable == count
    assert ring.writable == 8 - count
    np.testing.assert_array_equal(ring.read(100), frames(count))


def test_frames_cross_the_end_of_the_memory() -> None:
    ring = FrameRing(2, 5)
    for first in range(20):
        ring.write(frames(3, first=first))
        np.testing.assert_array_equal(ring.read(3), frames(3, first=first))


def test_a_full_ring_takes_what_fits_and_counts_the_rest() -> None:
    ring = FrameRing(2, 8)
    assert ring.write(frames(11)) == 8
    assert ring.overruns == 3


def test_a_mono_ring_takes_flat_samples() -> None:
    ring = FrameRing(1, 8)
    ring.write(np.ones(3, np.float32))
    assert ring.read(8).shape == (3, 1)


def test_a_strided_view_is_written_as_it_looks() -> None:
    ring = FrameRing(1, 8)
    ring.write(frames(4)[:, 1])
    np.testing.assert_array_equal(ring.read(8)[:, 0], frames(4)[:, 1])


def test_samples_of_another_type_are_refused_with_the_cure() -> None:
    with pytest.raises(TypeError, match=r"expected float32, found float64; convert with x\.astype"):
        FrameRing(2, 8).write(np.zeros((3, 2)))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="found list"):
        FrameRing(2, 8).write([1.0])  # type: ignore[arg-type]


@pytest.mark.parametrize("shape", [(3,), (3, 1), (3, 3), (1, 3, 2)])
def test_samples_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"expected \[frames, 2\]"):
        FrameRing(2, 8).write(np.zeros(shape, np.float32))


@pytest.mark.parametrize(("channels", "capacity"), [(0, 8), (65, 8), (2, 0), (2, 1 << 40), (-1, 8), (2, -1)])
def test_absurd_sizes_are_refused(channels: int, capacity: int) -> None:
    with pytest.raises(ValueError, match="expected"):
        FrameRing(channels, capacity)
    with pytest.raises(ValueError, match="expected"):
        FrameRing.bytes_needed(channels, capacity)


def test_a_negative_read_is_refused() -> None:
    with pytest.raises(ValueError, match="max_frames is -1"):
        FrameRing(2, 8).read(-1)


def test_two_rings_over_one_memory_are_the_same_ring() -> None:
    memory = memoryview(bytearray(FrameRing.bytes_needed(2, 8)))
    creator = FrameRing.over(memory, 2, 8, create=True)
    attached = FrameRing.over(memory, 2, 8, create=False)
    creator.write(frames(5))
    np.testing.assert_array_equal(attached.read(8), frames(5))
    assert creator.writable == 8


@pytest.mark.parametrize(
    ("channels", "capacity", "says"),
    [(1, 8, "channels is 2, expected 1"), (2, 7, "capacity_frames is 8, expected 7"), (2, 9, "bytes of memory")],
)
def test_attaching_with_other_numbers_says_what_differs(channels: int, capacity: int, says: str) -> None:
    memory = memoryview(bytearray(FrameRing.bytes_needed(2, 8)))
    FrameRing.over(memory, 2, 8, create=True)
    with pytest.raises(ValueError, match=says):
        FrameRing.over(memory, channels, capacity, create=False)


def test_attaching_before_creating_says_so() -> None:
    memory = memoryview(bytearray(FrameRing.bytes_needed(2, 8)))
    with pytest.raises(ValueError, match="created with create=True"):
        FrameRing.over(memory, 2, 8, create=False)


def test_read_only_memory_is_refused() -> None:
    memory = memoryview(bytes(FrameRing.bytes_needed(2, 8)))
    with pytest.raises((ValueError, BufferError), match=r"(?i)writ|read-only"):
        FrameRing.over(memory, 2, 8, create=True)


def test_closing_lets_the_shared_memory_go() -> None:
    shared = SharedMemory(create=True, size=FrameRing.bytes_needed(2, 8))
    try:
        ring = FrameRing.over(shared.buf, 2, 8, create=True)
        ring.close()
        ring.close()
        with pytest.raises(ValueError, match="used after close"):
            ring.write(frames(1))
    finally:
        shared.close()  # BufferError if the ring still held it
        shared.unlink()


def test_a_ring_cannot_be_closed_under_a_mixer() -> None:
    mixer = Mixer(voices=1)
    ring = FrameRing(2, 64)
    mixer.set_output(0, ring)
    with pytest.raises(ValueError, match="still using it"):
        ring.close()
    mixer.set_output(0, None)
    ring.close()


def test_a_mixer_stamps_its_frames() -> None:
    mixer = Mixer(voices=1)
    mixer.pull(640)
    ring = FrameRing(2, 256)
    mixer.set_output(0, ring)
    mixer.pull(128)
    at, samples = ring.read_stamped(100)
    assert (at, samples.shape) == (640, (100, 2))
    assert ring.read_stamped(100)[0] == 740
