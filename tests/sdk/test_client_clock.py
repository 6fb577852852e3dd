"""The estimate of the server's clock, from pings whose times are made up."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hobnail.client.clock import SessionClockEstimate

RATE = 48_000
MS = 1_000_000


def frame_of(ns, *, start_frame=1_000, drift=0.0):
    """The true session frame at a local time."""
    return start_frame + ns * RATE * (1 + drift) / 1e9


def ping(clock, sent_ns, there_ns, back_ns, **truth):
    """A ping that takes ``there_ns`` to the server and ``back_ns`` back."""
    clock.add(sent_ns, sent_ns + there_ns + back_ns, round(frame_of(sent_ns + there_ns, **truth)))


def test_one_symmetric_ping_is_exact():
    clock = SessionClockEstimate(RATE)
    ping(clock, 10 * MS, MS, MS)
    assert clock.frame_at(500 * MS) == pytest.approx(frame_of(500 * MS), abs=1)


@given(st.lists(st.tuples(st.integers(0, 20 * MS), st.integers(0, 20 * MS)), min_size=1, max_size=40))
def test_the_error_stays_within_the_bound_that_is_told(trips):
    clock = SessionClockEstimate(RATE)
    now_ns = 0
    for there_ns, back_ns in trips:
        now_ns += 1000 * MS
        ping(clock, now_ns, there_ns, back_ns)
    error_ns = abs(clock.frame_at(now_ns) - frame_of(now_ns)) * 1e9 / RATE
    assert error_ns <= clock.error_ns(now_ns) + 2e9 / RATE  # two roundings to whole frames


def test_the_quickest_ping_counts():
    clock = SessionClockEstimate(RATE)
    ping(clock, 0, 30 * MS, 0)
    ping(clock, 100 * MS, MS // 20, MS // 20)
    ping(clock, 200 * MS, 0, 30 * MS)
    assert clock.frame_at(300 * MS) == pytest.approx(frame_of(300 * MS), abs=3)


def test_a_drifting_sound_card_is_followed():
    clock = SessionClockEstimate(RATE)
    rng = random.Random(1)
    for second in range(600):
        trip = rng.randrange(MS // 10, MS)
        ping(clock, second * 1000 * MS, trip, trip, drift=50e-6)
    error_ms = abs(clock.frame_at(600_000 * MS) - frame_of(600_000 * MS, drift=50e-6)) * 1000 / RATE
    assert error_ms < 1.0


def test_a_clock_that_was_set_anew_is_believed_at_once():
    clock = SessionClockEstimate(RATE)
    for second in range(10):
        ping(clock, second * 1000 * MS, MS, MS)
    ping(clock, 10_000 * MS, MS, MS, start_frame=900_000)
    assert clock.samples == 1
    assert clock.frame_at(10_000 * MS) == pytest.approx(frame_of(10_000 * MS, start_frame=900_000), abs=1)


def test_there_and_back_again():
    clock = SessionClockEstimate(RATE)
    ping(clock, 5 * MS, MS, MS)
    for frame in (0, 1_234, 10_000_000):
        assert clock.frame_at(clock.local_ns_at(frame)) == frame
