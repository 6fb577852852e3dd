"""Spreads of takes: what is compared, and that the measure says what it should of sets whose spread is known."""

import numpy as np

from hobnail import Config, Host
from hobnail_trainer.takes import Family, compare, page, spread_of, takes_of
from hobnail_trainer.takes.measure import ratio

FAMILY = Family("boots", "footstep", "gravel", ())


def cloud(seed, count, spread, centre=0.0):
    return (centre + spread * np.random.default_rng(seed).standard_normal((count, 64))).astype(np.float32)


def test_a_spread_does_not_depend_on_how_many_there_are():
    few, many = spread_of(cloud(1, 8, 1.0)), spread_of(cloud(2, 200, 1.0))
    assert abs(few.value / many.value - 1.0) < 0.1
    assert abs(many.value - np.sqrt(2 * 64)) < 0.5
    assert (spread_of(cloud(1, 1, 1.0)).value, few.takes) == (0.0, 8)


def test_alike_is_what_spreads_as_the_real_ones_do_and_nothing_else():
    families = [FAMILY] * 6
    real = [cloud(number, 10, 1.0, number) for number in range(6)]
    engines = {
        "same": [cloud(100 + number, 20, 1.0) for number in range(6)],
        "frozen": [cloud(200 + number, 20, 0.1) for number in range(6)],
        "wild": [cloud(300 + number, 20, 5.0) for number in range(6)],
    }
    found = compare("judge", families, real, engines)
    assert [found.ratios[name].alike for name in engines] == [True, False, False]
    assert abs(found.ratios["same"].value - 1.0) < 0.1
    assert found.apart > found.families[0].real.value
    text = page([found], takes=20, seed=1, commit="abc")
    assert "**same**" in text
    assert "**frozen**: 0.10" in text
    assert text.count("not as real takes do") == 2


def test_one_family_says_nothing():
    assert not ratio([1.0]).alike


def test_takes_of_an_engine_differ_and_come_again():
    host, config = Host.discovered(only=["procedural"]), Config()
    takes, again = (takes_of(host, config, "procedural", FAMILY, 3) for _ in range(2))
    assert all(abs(np.abs(take).max() - 0.9) < 1e-3 for take in takes)
    assert not np.array_equal(takes[0], takes[1])
    assert all(np.array_equal(one, other) for one, other in zip(takes, again, strict=True))
