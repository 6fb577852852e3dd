"""MIDI clock: tempo out of jitter, position out of ticks."""

import random

import pytest

from hobnail_bridges.midi.clock import MidiClock
from hobnail_bridges.midi.codec import RealTime, SongPosition

TICK, START, CONTINUE, STOP = (RealTime(kind) for kind in ("clock", "start", "continue", "stop"))


def run(clock, tempo, ticks, *, begin_ns=0, jitter_ms=0.0, seed=1):
    """Ticks at a tempo; the time at which the next one is due."""
    dice = random.Random(seed)
    period_ns = 60e9 / tempo / 24
    for tick in range(ticks):
        clock.take(TICK, round(begin_ns + tick * period_ns + dice.uniform(-1, 1) * jitter_ms * 1e6))
    return round(begin_ns + ticks * period_ns)


@pytest.mark.parametrize("tempo", [30.0, 60.0, 120.0, 174.3, 300.0])
def test_the_tempo_is_found(tempo):
    clock = MidiClock()
    assert clock.tempo_bpm is None
    run(clock, tempo, 48)
    assert clock.tempo_bpm == pytest.approx(tempo, rel=1e-6)


@pytest.mark.parametrize("seed", range(8))
def test_a_jitter_of_a_millisecond_hardly_moves_it(seed):
    clock = MidiClock()
    clock.take(START, 0)
    run(clock, 120.0, 96, jitter_ms=1.0, seed=seed)
    assert clock.tempo_bpm == pytest.approx(120.0, rel=0.002)
    assert clock.beat_at(round(95 * 60e9 / 120 / 24)) == pytest.approx(95 / 24, abs=0.004)


def test_the_first_tick_after_start_is_the_first_beat():
    clock = MidiClock()
    clock.take(START, 0)
    run(clock, 120.0, 24, begin_ns=1_000_000)
    assert clock.beat_at(1_000_000) == pytest.approx(0.0, abs=1e-6)
    assert clock.state(1_000_000 + 250_000_000).beat == pytest.approx(0.5)


def test_stop_continue_and_locate_move_the_position():
    clock = MidiClock()
    clock.take(START, 0)
    due = run(clock, 120.0, 48)
    clock.take(STOP, due)
    assert clock.beat_at(due) is None
    assert clock.state(due).beat == 2.0
    due = run(clock, 120.0, 24, begin_ns=due)  # clocks run on while it stands
    clock.take(CONTINUE, due)
    assert clock.playing
    run(clock, 120.0, 12, begin_ns=due)
    assert clock.beat_at(due) == pytest.approx(2.0, abs=1e-6)
    clock.take(SongPosition(64), due)
    assert clock.state(due).playing
    clock.take(STOP, due)
    assert clock.state(due).beat == 16.0


def test_a_pause_is_no_tempo():
    clock = MidiClock()
    due = run(clock, 120.0, 48)
    run(clock, 90.0, 30, begin_ns=due + 3_000_000_000)
    assert clock.tempo_bpm == pytest.approx(90.0, rel=1e-6)


def test_a_note_waits_for_the_grid_but_not_when_it_is_hardly_late():
    clock = MidiClock()
    clock.take(START, 0)
    run(clock, 120.0, 48)  # a beat is 500 ms
    assert clock.ns_until(1.0, 1_100_000_000) == pytest.approx(400_000_000, abs=2)
    assert clock.ns_until(0.25, 1_100_000_000) == pytest.approx(25_000_000, abs=2)
    assert clock.ns_until(1.0, 1_010_000_000) == 0
    assert clock.ns_until(0.0, 1_100_000_000) is None
    clock.take(STOP, 1_100_000_000)
    assert clock.ns_until(1.0, 1_100_000_000) is None


def test_ticks_at_one_moment_or_backwards_break_nothing():
    clock = MidiClock()
    for at_ns in (5, 5, 4, 5, 1, 0, 5, 5, 5):
        clock.take(TICK, at_ns)
    assert clock.tempo_bpm is None
