"""Flow times fall from noise to sound, evenly for a network of intervals, later for one of velocities."""

from itertools import pairwise

import pytest

from hobnail_plugins.aht.flow_times import flow_times


@pytest.mark.parametrize("passes", [1, 2, 4, 8])
@pytest.mark.parametrize("instant", [True, False])
def test_they_fall_from_one_to_nothing(passes, instant):
    found = flow_times(passes, instant=instant)
    assert len(found) == passes + 1
    assert (found[0], found[-1]) == (1.0, 0.0)
    assert all(later < before for before, later in pairwise(found))


def test_steps_of_velocities_are_the_smallest_near_noise():
    assert flow_times(2, instant=False) == (1.0, 0.5, 0.0)
    assert flow_times(2, instant=True) == pytest.approx((1.0, 2.0 / 3.0, 0.0))
