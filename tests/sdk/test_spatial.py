"""Pan and distance follow from the listener's pose."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hobnail.scene import Pose
from hobnail.spatial import place

coordinate = st.floats(-1e3, 1e3)
vector = st.tuples(coordinate, coordinate, coordinate)


@pytest.mark.parametrize(
    ("position", "pan"),
    [((2, 0, 0), 1.0), ((-2, 0, 0), -1.0), ((0, 0, -2), 0.0), ((0, 0, 2), 0.0), ((0, 5, 0), 0.0)],
)
def test_right_is_plus_x_when_looking_along_minus_z(position, pan):
    assert place(Pose(), position)[0] == pytest.approx(pan)


def test_turning_round_swaps_left_and_right():
    looking_back = Pose(forward=(0.0, 0.0, 1.0))
    assert place(looking_back, (2.0, 0.0, 0.0))[0] == pytest.approx(-1.0)


def test_distance_is_euclidean():
    assert place(Pose(position_m=(1.0, 1.0, 1.0)), (2.0, 3.0, 3.0))[1] == pytest.approx(3.0)


def test_without_a_position_it_is_at_the_listener():
    assert place(Pose(), None) == (0.0, 0.0)


def test_a_thing_passing_through_the_head_does_not_flip_sides():
    just_left, just_right = place(Pose(), (-0.01, 0.0, 0.0))[0], place(Pose(), (0.01, 0.0, 0.0))[0]
    assert abs(just_right - just_left) < 0.1


@given(vector, vector, vector, vector)
def test_any_pose_gives_a_pan_within_bounds(at, forward, up, position):
    pan, distance = place(Pose(position_m=at, forward=forward, up=up), position)
    assert -1.0 <= pan <= 1.0
    assert math.isfinite(distance)
