"""Distances, medians and latents' statistics on numbers whose truth is known."""

import numpy as np
import pytest

from hobnail_trainer.codec.judging import half_against_half, judged, moved, part_of
from hobnail_trainer.codec.latents import LAGS, latent_statistics, sounding_hops
from hobnail_trainer.codec.model import Interval
from hobnail_trainer.codec.speed import decoding_speed

from .conftest import PlainCodec

FAMILIES = [f"family {number // 2}" for number in range(200)]


def cloud(seed, shift=0.0):
    return (np.random.default_rng(seed).standard_normal((200, 6)) + shift).astype(np.float32)


def test_a_set_and_its_copy_are_at_nought_when_they_are_grouped_and_below_when_not():
    found = judged(cloud(1), cloud(1), FAMILIES)
    assert found.grouped.value == pytest.approx(0.0, abs=1e-9)
    assert found.plain.value < -0.3
    assert found.grouped.n == 200


def test_a_set_that_moved_is_farther_than_half_against_half():
    real = half_against_half(cloud(1), FAMILIES, seed=1)
    far = judged(cloud(1), cloud(2, shift=1.0), FAMILIES)
    assert real.grouped.low < 0.0 < real.grouped.high
    assert far.grouped.low > real.grouped.high


def test_too_few_families_are_not_judged():
    assert part_of(cloud(1)[:10], cloud(2)[:10], ["a", "b"] * 5) == Interval.unknown()
    assert part_of(cloud(1)[:12], cloud(2)[:12], list("abcdef") * 2).n == 12


def test_what_did_not_move_is_at_nought():
    other = cloud(1)
    other[7] += 3.0
    distances = moved(cloud(1), other)
    assert distances.argmax() == 7
    assert np.count_nonzero(distances) == 1


def test_the_interval_of_a_median_knows_families():
    alone = Interval.median([float(each) for each in range(100)], [str(each) for each in range(100)])
    alike = Interval.median([float(each // 25) for each in range(100)], [str(each // 25) for each in range(100)])
    assert alone.value == 49.5
    assert 35.0 < alone.low < 49.5 < alone.high < 65.0
    assert (alike.low, alike.high) == (0.0, 3.0)
    assert Interval.median([], []) == Interval.unknown()


def test_statistics_of_latents_are_those_of_the_process_that_made_them():
    chance = np.random.default_rng(3)
    rows = np.zeros((20_000, 3))
    for hop in range(1, len(rows)):
        rows[hop, 0] = 0.8 * rows[hop - 1, 0] + 0.6 * chance.standard_normal()
    rows[:, 1] = 2.0 - rows[:, 0]
    rows[:, 2] = chance.choice([-5.0, 5.0], len(rows))
    found = latent_statistics(PlainCodec().spec, [rows.astype(np.float32)], [np.ones(len(rows), bool)])
    assert found.mean == pytest.approx([0.0, 2.0, 0.0], abs=0.15)
    assert found.sd == pytest.approx([1.0, 1.0, 5.0], rel=0.05)
    assert found.kurtosis == pytest.approx([3.0, 3.0, 1.0], rel=0.1)
    assert found.correlation[0][1] == pytest.approx(-1.0, abs=1e-3)
    assert [each[0] for each in found.autocorrelation] == pytest.approx([0.8**lag for lag in LAGS], abs=0.06)


def test_silent_hops_do_not_count():
    rows = np.ones((10, 2), np.float32)
    rows[5:] = 99.0
    sound = np.zeros(1000, np.float32)
    sound[:500] = 0.5
    mask = sounding_hops(sound, 100, 10)
    assert mask.tolist() == [True] * 5 + [False] * 5
    assert latent_statistics(PlainCodec().spec, [rows], [mask]).mean == [1.0, 1.0]


def test_speed_is_told_for_32_voices():
    latents = [np.zeros((40, 100), np.float32)] * 3
    speed = decoding_speed(PlainCodec(), latents, np.zeros(4000, np.float32))
    assert speed.voices == 32
    assert min(speed.by_hop, speed.whole, speed.encoding) > 1.0
