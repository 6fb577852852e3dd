"""The mixer on its own thread, through the door to Python."""

import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from hobnail_native import ClockPage, FrameRing, Mixer, SampleRenderer, VoiceReport, monotonic_ns


def wait_for(condition: Callable[[], object], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.001)


def plays(samples: np.ndarray) -> SampleRenderer:
    renderer = SampleRenderer()
    renderer.feed(samples.astype(np.float32), last=True)
    return renderer


@pytest.fixture
def page() -> ClockPage:
    return ClockPage()


@pytest.fixture
def mixer(page: ClockPage) -> Iterator[Mixer]:
    mixer = Mixer(voices=8, emitters=8, clock=page)
    mixer.set_emitter(0, gain=1, pan=-1, distance_m=1, bus=0)
    yield mixer
    mixer.close()


def all_of(mixer: Mixer, count: int) -> list[VoiceReport]:
    reports: list[VoiceReport] = []

    def enough() -> bool:
        mixer.render_all(4096)
        reports.extend(mixer.reports())
        return len(reports) >= count

    wait_for(enough)
    return reports


def test_threaded_and_pulled_give_the_same_bits(mixer: Mixer) -> None:
    samples = np.random.default_rng(1).standard_normal(3000) * 0.1
    ring = FrameRing(2, 1 << 15)
    mixer.set_output(0, ring)
    mixer.start()
    mixer.open_voice(1, plays(samples), emitter=0, start_frame=mixer.frame + 4800)
    sounded = all_of(mixer, 2)[0]
    mixer.stop()
    at, heard = ring.read_stamped(1 << 15)
    start = sounded.frame - at
    np.testing.assert_array_equal(heard[start : start + 3000, 0], samples.astype(np.float32))
    assert not heard[:start].any()


def test_frames_follow_the_clock_page(mixer: Mixer, page: ClockPage) -> None:
    mixer.start()
    wait_for(lambda: mixer.frame > 9600)
    frame, ns = page.read()
    now = frame + (monotonic_ns() - ns) * 48000 // 10**9
    if mixer.meters().late_blocks == 0:  # a machine that stood still moves the anchor
        assert abs(mixer.frame - now) <= 192


def test_an_event_in_idle_is_in_the_sink_within_two_blocks_of_the_call(mixer: Mixer) -> None:
    ring = FrameRing(2, 1 << 16)
    mixer.set_output(0, ring)
    mixer.start()
    delays = []
    for voice in range(20):
        wait_for(lambda: mixer.meters().voices == 0)
        time.sleep(0.012)  # into the middle of an idle sleep
        before = monotonic_ns()
        mixer.open_voice(voice, plays(np.full(64, 0.5)), emitter=0, start_frame=Mixer.NEXT_BLOCK)
        delays.append((all_of(mixer, 2)[0].ns - before) / 1e6)
    assert sorted(delays)[len(delays) // 2] < 2 * 64 / 48, delays


def test_ring_pace_keeps_the_first_output_filled(mixer: Mixer) -> None:
    ring = FrameRing(2, 1024)
    with pytest.raises(RuntimeError, match=r"call set_output\(0, ring\) first"):
        mixer.start(pace="ring")
    mixer.set_output(0, ring)
    with pytest.raises(ValueError, match="ring_target is 1024"):
        mixer.start(pace="ring", ring_target=1024)
    mixer.start(pace="ring", ring_target=256)
    for _ in range(20):
        wait_for(lambda: ring.readable >= 256)
        assert ring.readable < 256 + 64
        ring.read(200)
    assert mixer.meters().sink_overruns == 0


def test_wrong_moments_and_paces_are_refused(mixer: Mixer) -> None:
    with pytest.raises(ValueError, match='pace is "moon", expected "clock" or "ring"'):
        mixer.start(pace="moon")
    mixer.start()
    with pytest.raises(RuntimeError, match="already running"):
        mixer.start()
    with pytest.raises(RuntimeError, match="thread is running"):
        mixer.pull(64)
    mixer.stop()
    mixer.stop()
    assert mixer.pull(64).shape == (64, 2)


def test_a_ring_taken_away_is_not_written_again(mixer: Mixer) -> None:
    mixer.start()
    for _ in range(50):
        ring = FrameRing(2, 4096)
        mixer.set_output(0, ring)
        mixer.set_output(0, None)
        left = ring.readable
        assert ring.readable == left
        ring.close()


def test_pulling_lets_other_threads_run(mixer: Mixer) -> None:
    ticks = 0
    done = threading.Event()

    def count() -> None:
        nonlocal ticks
        while not done.is_set():
            ticks += 1

    counter = threading.Thread(target=count)
    counter.start()
    wait_for(lambda: ticks > 0)
    before = ticks
    mixer.pull(1 << 21)  # a good tenth of a second in one call
    during = ticks - before
    done.set()
    counter.join()
    assert during > 1000


def test_the_thread_asks_for_priority_and_says_what_it_got():
    mixer = Mixer()
    assert mixer.priority == "normal"
    mixer.start()
    deadline = time.monotonic() + 5.0
    while mixer.frame == 0 and time.monotonic() < deadline:
        time.sleep(0.001)
    granted = mixer.priority
    mixer.stop()
    assert granted in {"normal", "raised", "realtime"}
