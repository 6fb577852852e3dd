"""A voice's memory is a ring; what it saw counts once."""

import numpy as np

from hobnail_plugins.aht.rows import NewRows, Sinks, empty_rows
from hobnail_plugins.aht.sights import after, nothing_seen
from hobnail_plugins.aht.spec import NetworkSpec
from hobnail_plugins.aht.voice import Memory, side_by_side

SPEC = NetworkSpec()
LAYERS, WIDTH, LATENTS = 2, 4, 3


def memory(rows=8):
    slot = np.full((LAYERS, 1, WIDTH), 9.0, np.float32)
    return Memory(empty_rows(Sinks(slot, slot), 1, rows), np.zeros((3, LATENTS), np.float32), 0)


def rows_of(hops):
    """Rows that hold the number of their hop, from 1."""
    keys = np.zeros((LAYERS, 1, 1, len(hops), WIDTH), np.float32) + np.array(hops, np.float32)[:, None]
    return NewRows(keys, -keys)


def remembered(state, sizes):
    hop = 0
    for size in sizes:
        hops = list(range(hop + 1, hop + size + 1))
        state = state.after(rows_of(hops), np.array(hops, np.float32)[:, None].repeat(LATENTS, 1))
        hop += size
    return state


def test_the_newest_hops_are_there_whatever_the_blocks():
    for sizes in ((2,) * 10, (16, 4), (1, 7, 12), (20,)):
        state = remembered(memory(), sizes)
        assert sorted(state.rows.keys[0, 0, 0, 1:, 0].tolist()) == list(range(13, 21))
        assert state.hops == 20
        assert state.recent[:, 0].tolist() == [18.0, 19.0, 20.0]


def test_a_young_memory_shows_only_what_it_has_and_its_sink():
    state = remembered(memory(), (3,))
    assert state.rows.seen[0].tolist() == [True] * 4 + [False] * 5
    assert (state.rows.keys[:, 0, 0, 0] == 9.0).all()


def test_voices_side_by_side_are_each_their_own():
    both = side_by_side([remembered(memory(), (2,)).rows, remembered(memory(), (5,)).rows])
    assert both.keys.shape == (LAYERS, 2, 1, 9, WIDTH)
    assert both.seen.sum(axis=1).tolist() == [3, 6]


def test_an_impulse_is_seen_once_though_it_stands_in_the_features():
    impulse = 2
    seen = after(nothing_seen(SPEC), {"impulse_n_s": 4.0}, 2)
    seen = after(seen, {"impulse_n_s": 4.0}, 2)
    assert int((seen.scene[:, impulse] > 0.0).sum()) == 1
    again = after(seen, {"impulse_n_s": 5.0}, 2)
    assert int((again.scene[:, impulse] > 0.0).sum()) == 2


def test_nothing_told_is_nothing_seen():
    assert not after(nothing_seen(SPEC), {}, 4).seen.any()
