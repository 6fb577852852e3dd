"""Voices side by side in one piece of memory: seats, windows, and rows that move with their voice."""

import threading

import numpy as np
import pytest

from hobnail_plugins.aht.rows import NewRows, Sinks
from hobnail_plugins.aht.slab import SIZES, Slab, padded

from .bundles import SPEC

SHAPE = (SPEC.layers, SPEC.key_heads, SPEC.head_width)


@pytest.fixture
def slab():
    sinks = Sinks(np.full(SHAPE, 7.0, np.float32), np.full(SHAPE, 8.0, np.float32))
    return Slab(SPEC, dict.fromkeys(("text", "vision", "history"), sinks), voices=8)


def marked(slab, seat, value):
    """Everything of a voice holds this number."""
    slot = np.array([seat.slot])
    rows = np.full((SPEC.layers, 1, SPEC.key_heads, 2, SPEC.head_width), value, np.float32)
    slab.rows["history"].scatter(slot, np.array([[3, 4]]), NewRows(rows, -rows), np.ones((1, 2), np.bool_))
    slab.prompt[seat.slot] = slab.recent[seat.slot] = value
    slab.eyes.scene[seat.slot] = value


def numbers(slab, seat):
    history = slab.rows["history"]
    found = [
        history.keys[:, seat.slot, :, 3:5], -history.values[:, seat.slot, :, 3:5], slab.prompt[seat.slot],
        slab.recent[seat.slot], slab.eyes.scene[seat.slot],
    ]  # fmt: skip
    assert history.seen[seat.slot].tolist() == [True, False, False, True, True] + [False] * (SPEC.history_hops - 4)
    assert (history.keys[:, seat.slot, :, 0] == 7.0).all()
    return {float(value) for array in found for value in np.unique(array)}


def test_a_slot_is_free_when_nobody_holds_its_seat_and_the_last_voice_fills_the_gap(slab):
    seats = [slab.take() for _ in range(4)]
    for value, seat in enumerate(seats, 1):
        marked(slab, seat, value)
    del seats[1], seat
    assert slab.taken == 3
    assert sorted(seat.slot for seat in seats) == [0, 1, 2]
    assert [numbers(slab, seat) for seat in seats] == [{1.0}, {3.0}, {4.0}]
    assert slab.moves == 1


def test_a_new_voice_finds_nothing_of_the_one_before_it(slab):
    seat = slab.take()
    marked(slab, seat, 5.0)
    del seat
    fresh = slab.take()
    assert slab.rows["history"].seen[fresh.slot].sum() == 1
    assert not slab.recent[fresh.slot].any()
    assert slab.eyes.hop[fresh.slot] == -1


def test_there_is_room_for_so_many_and_no_more(slab):
    seats = [slab.take() for _ in range(8)]
    assert None not in seats
    assert slab.take() is None
    seats.pop()
    assert slab.take() is not None


def test_seats_may_be_let_go_of_on_another_thread(slab):
    seats = [slab.take() for _ in range(6)]
    thread = threading.Thread(target=seats.clear)
    thread.start()
    thread.join()
    assert slab.taken == 0


def test_a_batch_that_is_spread_is_brought_together_once(slab):
    seats = [slab.take() for _ in range(8)]
    for value, seat in enumerate(seats, 1):
        marked(slab, seat, value)
    some = [seats[0], seats[3], seats[6]]
    window = slab.gather(some)
    assert window.size == 3
    assert all(window.first <= seat.slot < window.first + window.size for seat in some)
    assert [numbers(slab, seat) for seat in seats] == [{float(value)} for value in range(1, 9)]
    moved = slab.moves
    assert slab.gather(some[::-1]) == window
    assert slab.moves == moved > 0


def test_a_window_never_leaves_the_slab_and_always_holds_its_voices(slab):
    chance = np.random.default_rng(1)
    seats = [slab.take() for _ in range(8)]
    for _ in range(200):
        some = [seats[index] for index in chance.choice(8, chance.integers(1, 9), replace=False)]
        window = slab.gather(some)
        assert 0 <= window.first <= window.first + window.size <= 8
        assert {seat.slot for seat in some} <= set(range(window.first, window.first + window.size))
    assert sorted(seat.slot for seat in seats) == list(range(8))


def test_batches_are_few_sizes_and_at_most_a_third_of_one_is_padding():
    for voices in range(1, 33):
        assert voices <= padded(voices) <= max(voices + 1, 4 * voices / 3)
    assert SIZES[-1] == 32


def test_many_voices_are_shared_out_evenly_and_every_part_lies_in_one_piece(slab):
    seats = [slab.take() for _ in range(8)]
    some = [seats[index] for index in (7, 0, 5, 2, 3)]
    parts = slab.parts(some, 3)
    assert [len(part) for part in parts] == [2, 3]
    assert sorted(index for part in parts for index in part) == [0, 1, 2, 3, 4]
    for part in parts:
        slots = sorted(some[index].slot for index in part)
        assert slots == list(range(slots[0], slots[0] + len(slots)))
        window = slab.window([some[index] for index in part])
        assert window.first <= slots[0] <= slots[-1] < window.first + window.size
    assert [len(part) for part in slab.parts(seats, 32)] == [8]
