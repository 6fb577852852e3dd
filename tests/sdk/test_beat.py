"""Voices that are never in need together: who they are, and that one longer step brings them to the others."""

import random

import pytest

from hobnail.beat import astray

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
