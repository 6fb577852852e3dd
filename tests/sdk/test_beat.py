"""Voices that are never in need together: who they are, and that one longer step brings them to the others."""

import random

import pytest

from hobnail.beat import Beats, astray, emptiest

PERIOD, WINDOW = 1024, 640


def test_nobody_is_astray_where_one_window_holds_all():
    assert astray([], PERIOD, WINDOW) == []
    assert astray([700], PERIOD, WINDOW) == [False]
    assert astray([1000, 20, 500], PERIOD, WINDOW) == [False] * 3


def test_the_fewest_are_astray():
    assert astray([0, 10, 340, 350, 690], PERIOD, WINDOW) == [False, False, False, False, True]
    assert astray([700, 710, 100, 720], PERIOD, WINDOW) == [False] * 4
    assert astray([0, 341, 682], PERIOD, WINDOW).count(True) == 1


@pytest.mark.parametrize("seed", range(20))
def test_half_a_period_more_brings_everyone_together(seed):
    draw = random.Random(seed)
    phases = [draw.randrange(PERIOD) for _ in range(draw.randrange(2, 64))]
    moved = [
        (phase + PERIOD // 2) % PERIOD if off else phase
        for phase, off in zip(phases, astray(phases, PERIOD, WINDOW), strict=True)
    ]
    assert not any(astray(moved, PERIOD, WINDOW))


def beats_of(voices, most=20):
    """Beats that have been told of voices which never move but where they are told to, and their phases."""
    beats, phases = Beats(PERIOD, WINDOW, most), dict(voices)
    for _ in range(64):
        beats.tell(phases)
        for voice in beats.longer:
            phases[voice] = (phases[voice] + PERIOD // 2) % PERIOD
        if not beats.longer:
            break
    return beats, phases


def sizes(beats, phases):
    groups = [beats.group(voice, phase) for voice, phase in phases.items()]
    return sorted([groups.count(0), groups.count(1)])


@pytest.mark.parametrize("seed", range(10))
def test_many_voices_are_two_groups_of_one_size(seed):
    draw = random.Random(seed)
    count = draw.randrange(21, 65)
    beats, phases = beats_of({voice: draw.randrange(PERIOD) for voice in range(count)})
    assert sizes(beats, phases) == [count // 2, count - count // 2]
    group = {voice: beats.group(voice, phase) for voice, phase in phases.items()}
    beats.tell(phases)
    assert group == {voice: beats.group(voice, phase) for voice, phase in phases.items()}  # nobody changes sides


def test_two_groups_stay_until_a_quarter_less_are_left_and_then_are_one():
    beats, phases = beats_of({voice: 30 * voice for voice in range(24)})
    left = {voice: phases[voice] for voice in range(16)}
    beats.tell(left)
    assert sizes(beats, left)[0] > 0
    del left[0]
    beats.tell(left)
    assert sizes(beats, left) == [0, 15]
    assert beats.longer or not any(astray(list(left.values()), PERIOD, WINDOW))


def test_the_turn_is_where_nobody_is():
    assert emptiest([], 512) == 0
    assert emptiest([100, 700, 140], 512) == (188 + (100 + 512 - 188 + 1) // 2) % 512
    assert emptiest([10], 512) == 266
