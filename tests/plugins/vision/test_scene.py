"""Scene rows: the newest known value, impulses once, whole as streamed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hobnail.errors import EngineError
from hobnail.scene import SCENE_FEATURES
from hobnail_plugins.vision.clock import first_hops, frames_of, newest
from hobnail_plugins.vision.scene import begin, push, scene_rows
from hobnail_plugins.vision.spec import MOVED_HOPS, SCENE_WIDTH
from hobnail_plugins.vision.squash import squashed

SPEED, IMPULSE, WET = (SCENE_FEATURES.index(name) for name in ("speed_m_s", "impulse_n_s", "wetness"))
X = SCENE_FEATURES.index("position_x_m")


def ticks(count, **known):
    """``count`` ticks in which only the named columns are known."""
    rows = np.full((count, 12), np.nan, np.float32)
    for name, values in known.items():
        rows[:, SCENE_FEATURES.index(name)] = values
    return rows


def undone(row):
    """The impulse behind a squashed one, N s."""
    return 0.003 * np.expm1(row * np.log1p(1000.0 / 0.003))


def some_play(seed, count):
    chance = np.random.default_rng(seed)
    play = chance.exponential(1.0, (count, 12)).astype(np.float32)
    play[chance.random((count, 12)) < 0.4] = np.nan
    play[:, IMPULSE] = np.where(chance.random(count) < 0.3, play[:, IMPULSE], 0.0)
    return play


def test_a_row_has_values_between_minus_one_and_one_and_flags():
    rows = scene_rows(some_play(1, 200) * 1e4)
    assert rows.shape == (313, SCENE_WIDTH)
    assert rows.dtype == np.float32
    assert np.abs(rows[:, :12]).max() <= 1.0
    assert set(np.unique(rows[:, 12:])) == {0.0, 1.0}


def test_what_nobody_told_is_zero_with_flag_zero():
    rows = scene_rows(ticks(60, wetness=0.0))
    assert (rows[:, [WET, 12 + WET]] == [-1.0, 1.0]).all()
    others = np.delete(rows, [WET, 12 + WET], axis=1)
    assert (others == 0.0).all()


def test_infinity_is_as_unknown_as_nan():
    assert (scene_rows(ticks(20, speed_m_s=np.inf)) == 0.0).all()


def test_a_hop_knows_a_tick_from_the_first_hop_that_begins_at_it_or_later():
    rows = scene_rows(ticks(3, speed_m_s=[1.0, 2.0, 3.0]), hops=6)
    levels = squashed(np.array([[v] + [0.0] * 11 for v in (1.0, 1.0, 2.0, 2.0, 3.0, 3.0)]))[:, SPEED]
    assert np.array_equal(rows[:, SPEED], levels)  # ticks at frames 0, 800, 1600; hops at 0, 512, 1024, 1536, 2048


def test_the_newest_known_value_is_held_when_a_tick_says_nothing():
    rows = scene_rows(ticks(30, speed_m_s=[2.0] + [np.nan] * 29))
    assert (rows[:, SPEED] == rows[0, SPEED]).all()
    assert (rows[:, 12 + SPEED] == 1.0).all()


def test_no_row_depends_on_a_later_tick():
    play = some_play(2, 100)
    other = play.copy()
    other[50:] = 7.0
    known = int(first_hops(frames_of(51, 60.0))[50])
    assert np.array_equal(scene_rows(play)[:known], scene_rows(other)[:known])
    assert not np.array_equal(scene_rows(play)[known], scene_rows(other)[known])


@pytest.mark.parametrize("rate_hz", [10.0, 30.0, 60.0, 93.75, 144.0, 240.0, 1000.0])
def test_impulses_are_neither_lost_nor_doubled(rate_hz):
    chance = np.random.default_rng(3)
    told = np.where(chance.random(60) < 0.5, chance.exponential(2.0, 60), 0.0)
    hops = int(first_hops(frames_of(60, rate_hz))[-1]) + 1
    rows = scene_rows(ticks(60, impulse_n_s=told), rate_hz=rate_hz, hops=hops)
    assert undone(rows[:, IMPULSE].astype(np.float64)).sum() == pytest.approx(told.astype(np.float32).sum(), rel=1e-4)


def test_an_impulse_stands_in_one_hop_while_its_flag_stays():
    rows = scene_rows(ticks(10, impulse_n_s=[0, 0, 0, 5, *[np.nan] * 6]))
    assert np.flatnonzero(rows[:, IMPULSE]).tolist() == [5]  # frame 2400, the hop that begins at 2560
    assert (rows[:, 12 + IMPULSE] == 1.0).all()


def test_positions_count_by_how_far_they_moved():
    here = ticks(60, position_x_m=np.arange(60) / 60.0, position_y_m=0.0, position_z_m=0.0)  # 1 m/s
    there = here + np.float32(512.0)
    rows = scene_rows(here)
    assert np.allclose(rows, scene_rows(there), atol=2e-3)
    for column, back in enumerate(MOVED_HOPS):
        assert (rows[:back, 12 + X + column] == 0.0).all()
        moved = 0.01 * np.expm1(rows[back:, X + column].astype(np.float64) * np.log1p(10.0 / 0.01))
        assert np.allclose(moved, back * 512 / 48000, atol=1.1 / 60)
    assert (rows[30:, 12 + X :] == 1.0).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.integers(0, 40), max_size=12), st.sampled_from([20.0, 60.0, 240.0]))
def test_streamed_is_whole_whatever_the_pieces(seed, pieces, rate_hz):
    play = some_play(seed, 80)
    at = frames_of(80, rate_hz)
    whole = scene_rows(play, rate_hz=rate_hz, hops=120)
    state, out, told, hop = begin(), [], 0, 0
    for piece in [*pieces, 120]:
        hops = min(piece, 120 - hop)
        until = int(np.searchsorted(first_hops(at), hop + hops))  # all that these hops know, and no more
        rows, state = push(play[told:until], at[told:until], hops, state)
        out.append(rows)
        told, hop = max(told, until), hop + hops
    assert np.array_equal(np.concatenate(out), whole)


@pytest.mark.parametrize("piece", [1, 7, 79, 80])
def test_ticks_that_come_early_wait_for_their_hop(piece):
    play, at = some_play(5, 80), frames_of(80, 60.0)
    state, out = begin(), []
    for first in range(0, 80, piece):
        rows, state = push(play[first : first + piece], at[first : first + piece], 0, state)
        assert rows.shape == (0, SCENE_WIDTH)
    for _ in range(120):
        rows, state = push(play[:0], at[:0], 1, state)
        out.append(rows)
    assert np.array_equal(np.concatenate(out), scene_rows(play, hops=120))


def test_a_tick_that_comes_late_counts_in_the_next_hop():
    nothing = ticks(0)
    _, state = push(nothing, np.zeros(0, np.int64), 10, begin())
    rows, state = push(ticks(1, impulse_n_s=3.0), np.array([512]), 2, state)
    assert undone(rows[0, IMPULSE]) == pytest.approx(3.0, rel=1e-4)
    assert rows[1, IMPULSE] == 0.0


def test_a_state_is_never_changed_in_place():
    play, at = some_play(6, 40), frames_of(40, 60.0)
    _, state = push(play[:20], at[:20], 10, begin())
    once, _ = push(play[20:], at[20:], 30, state)
    again, _ = push(play[20:], at[20:], 30, state)
    assert np.array_equal(once, again)


def test_irregular_ticks_give_the_rows_of_their_frames():
    rows = scene_rows(ticks(3, speed_m_s=[1.0, 2.0, 3.0]), at_frames=np.array([0, 5000, 5001]))
    assert len(rows) == 11
    assert np.unique(rows[:10, SPEED]).size == 1
    assert rows[10, SPEED] > rows[9, SPEED]


def test_no_ticks_give_no_rows_or_as_many_unknown_ones_as_asked_for():
    assert scene_rows(ticks(0)).shape == (0, SCENE_WIDTH)
    assert (scene_rows(ticks(0), hops=4) == np.zeros((4, SCENE_WIDTH))).all()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: scene_rows(np.zeros((4, 11), np.float32)), "expected \\[ticks, 12\\]"),
        (lambda: scene_rows(np.zeros(12, np.float32)), "expected \\[ticks, 12\\]"),
        (lambda: scene_rows(ticks(2), at_frames=np.array([5, 4])), "go back"),
        (lambda: scene_rows(ticks(2), at_frames=np.array([5])), "one frame for each"),
        (lambda: scene_rows(ticks(2), rate_hz=0.0), "rate_hz is 0"),
    ],
)
def test_wrong_input_is_named(call, says):
    with pytest.raises(EngineError, match=says):
        call()


def test_before_the_first_tick_a_hop_knows_none():
    assert newest(np.array([1000, 2000]), 5).tolist() == [-1, -1, 0, 0, 1]
