"""What steps cost: measured, believed sooner when dearer, and forgotten when it was not tried for a while."""

import pytest

from hobnail_plugins.aht.costs import FORGOTTEN_S, Costs
from hobnail_plugins.aht.share import Share


@pytest.fixture
def clock():
    return [0.0]


@pytest.fixture
def costs(clock):
    return Costs(lambda: clock[0])


def note(costs, seconds, size=1):
    costs.note(2, size, 2, 2 * seconds, voices=size, around_s=0.0)


def test_what_got_slower_is_believed_sooner_than_what_got_faster(costs):
    note(costs, 0.001)
    note(costs, 0.003)
    assert costs.seconds(2, 1, 1, voices=1) == pytest.approx(0.002)
    note(costs, 0.001)
    assert 0.0018 < costs.seconds(2, 1, 1, voices=1) < 0.002


def test_a_moment_that_was_slow_is_forgotten_so_that_it_is_tried_again(costs, clock):
    note(costs, 0.001)
    for _ in range(20):
        note(costs, 0.100)
    assert costs.seconds(2, 1, 2, voices=1) == pytest.approx(0.2, rel=0.01)
    clock[0] += FORGOTTEN_S
    assert costs.seconds(2, 1, 2, voices=1) == pytest.approx(0.101, rel=0.01)
    clock[0] += 10 * FORGOTTEN_S
    assert costs.seconds(2, 1, 2, voices=1) == pytest.approx(0.002, rel=0.1)
    note(costs, 0.100)
    assert costs.seconds(2, 1, 1, voices=1) > 0.04, "it is slow still"


def test_a_size_that_was_never_tried_goes_as_the_nearest(costs):
    assert costs.seconds(2, 8, 1, voices=8) == 0.0
    note(costs, 0.004, size=8)
    assert costs.seconds(2, 16, 1, voices=16) == pytest.approx(0.008)
    assert costs.seconds(2, 6, 1, voices=6) == pytest.approx(0.004)


def test_a_share_of_time_rises_with_what_is_done_and_sinks_by_itself(clock):
    share = Share(lambda: clock[0])
    for _ in range(300):
        with share.spent():
            clock[0] += 0.006
        clock[0] += 0.004
    assert share.now == pytest.approx(0.6, abs=0.05)
    clock[0] += 3.0
    assert share.now < 0.05
