"""What is left out when time is short, and when it comes back. No clock: times are numbers."""

import pytest

from hobnail_plugins.aht.costs import Costs
from hobnail_plugins.aht.pressure import CALM_S, FINE, PACE, SHARE, Plan, Pressure, most

STEP_S = 0.0213


def plan(pressure, voices, each_s, *, now_s=0.0, slack_s=0.03, fewer=0.5):
    """``each_s``: what a voice costs; with one pass ``fewer`` of it."""
    return pressure.plan(
        voices,
        lambda count, short: count * each_s * (fewer if short else 1.0),
        slack_s=slack_s,
        step_s=STEP_S,
        now_s=now_s,
    )


def test_with_time_enough_everything_is_whole():
    assert plan(Pressure(), 10, 0.0008) == Plan(0, 10)


@pytest.mark.parametrize(
    ("each_s", "level", "voices"), [(0.0008, 0, 10), (0.0014, 1, 10), (0.002, 1, 10), (0.004, 2, 7), (0.1, 3, 0)]
)
def test_as_much_is_left_out_as_it_takes(each_s, level, voices):
    assert plan(Pressure(), 10, each_s) == Plan(level, voices)


def test_what_counts_is_the_time_until_a_voice_runs_dry_and_the_pace():
    assert plan(Pressure(), 1, 0.008, slack_s=0.0126).level == 0
    assert plan(Pressure(), 1, 0.008, slack_s=0.9 * 0.008 / SHARE).level == 1
    assert plan(Pressure(), 1, 1.1 * FINE * STEP_S, slack_s=10.0).level == 1
    assert plan(Pressure(), 1, 2.1 * PACE * STEP_S, slack_s=10.0).level == 3
    assert plan(Pressure(), 1, 0.001, slack_s=0.0) == Plan(3, 0)


def test_what_another_group_takes_of_the_same_time_is_not_there():
    given = {"slack_s": 1.0, "step_s": STEP_S, "now_s": 0.0}

    def level(others_s):
        return Pressure().plan(1, lambda _, short: 0.004 if short else 0.008, others_s=others_s, **given).level

    assert [level(PACE * STEP_S - left_s) for left_s in (0.009, 0.007, 0.003)] == [0, 1, 3]


def test_rules_that_cost_more_than_a_pass_stand_in_for_nobody():
    def cost_s(count, short):
        return count * 0.001 * (0.5 if short else 1.0) + (20 - count) * 0.002

    given = {"slack_s": 0.004, "step_s": STEP_S, "now_s": 0.0}
    assert Pressure().plan(20, cost_s, **given) == Plan(3, 20)


def test_it_comes_back_level_by_level_after_a_calm_second_each():
    pressure = Pressure()
    assert plan(pressure, 10, 0.004, now_s=0.0).level == 2
    seen = [plan(pressure, 10, 0.0005, now_s=0.1 * step).level for step in range(1, 40)]
    assert seen[: int(CALM_S / 0.1)] == [2] * 10
    assert seen[11:20] == [1] * 9
    assert seen[-1] == 0
    assert pressure.rises == 1


def test_a_load_on_the_edge_does_not_flutter():
    pressure = Pressure()
    levels = [
        plan(pressure, 10, each_s, now_s=0.02 * step).level for step in range(400) for each_s in (0.00151, 0.00145)
    ]
    assert set(levels) == {1}
    assert pressure.rises == 1


def test_one_slow_moment_begins_the_calm_anew():
    pressure = Pressure()
    plan(pressure, 10, 0.002, now_s=0.0)
    for step in range(1, 9):
        assert plan(pressure, 10, 0.0005, now_s=0.1 * step).level == 1
    plan(pressure, 10, 0.002, now_s=0.9)
    assert plan(pressure, 10, 0.0005, now_s=1.2).level == 1
    assert plan(pressure, 10, 0.0005, now_s=2.3).level == 0


def test_when_nothing_sounds_it_comes_back_too():
    pressure = Pressure()
    plan(pressure, 10, 0.002, now_s=0.0)
    pressure.rest(1.0)
    assert pressure.level == 1
    pressure.rest(2.1)
    assert pressure.level == 0


def test_the_most_that_fits_is_found():
    assert [most(20, lambda count: count, allowed) for allowed in (-1, 0, 7.5, 100)] == [0, 0, 7, 20]


def test_costs_follow_what_is_measured_and_rise_sooner_than_they_fall():
    costs = Costs(lambda: 0.0)
    assert costs.seconds(2, 4, 2, voices=4) == 0.0
    costs.note(2, 4, 2, 0.008, voices=4, around_s=0.004)
    assert costs.seconds(2, 4, 2, voices=4) == pytest.approx(0.012)
    assert costs.seconds(2, 4, 1, voices=4) == pytest.approx(0.008)
    assert costs.seconds(2, 8, 1, voices=8) == pytest.approx(0.016)
    costs.note(2, 4, 2, 0.016, voices=4, around_s=0.004)
    risen = costs.seconds(2, 4, 2, voices=4)
    assert risen == pytest.approx(0.016)
    costs.note(2, 4, 2, 0.008, voices=4, around_s=0.004)
    assert 0.0145 < costs.seconds(2, 4, 2, voices=4) < risen
