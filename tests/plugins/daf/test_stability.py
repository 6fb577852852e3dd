"""How still weights keep and how fast they answer, against cases worked out by hand."""

import math

import numpy as np
import pytest

from hobnail_plugins.daf.stability import response_seconds, stability


def test_flips_and_variation_of_a_row_worked_out_by_hand():
    weights = np.array([[0.6, 0.4, 0.0], [0.4, 0.6, 0.0], [0.4, 0.6, 0.0], [0.5, 0.5, 0.0], [0.7, 0.3, 0.0]])
    found = stability(weights, 0.25)
    assert found.flips == pytest.approx(2.0)  # at 1 and at 4; the tie at 3 is none; 4 steps of 0.25 s
    assert found.variation == pytest.approx(0.2 + 0.0 + 0.1 + 0.2)


def test_one_step_is_perfectly_still():
    assert stability(np.array([[1.0, 0.0, 0.0]]), 0.02) == stability(np.array([[0.2, 0.8, 0.0]] * 9), 0.02)
    assert stability(np.array([[1.0, 0.0, 0.0]]), 0.02).flips == 0.0


@pytest.mark.parametrize(("share", "seconds"), [(0.5, 0.3), (0.9, 0.4), (0.2, 0.2)])
def test_the_response_is_the_time_after_which_the_way_is_gone_for_good(share, seconds):
    first = np.array([0.0, 0.0, 0.25, 0.6, 1.0, 1.0])  # the event is step 1
    weights = np.stack([first, 1.0 - first], axis=-1)
    assert response_seconds(weights, 0.1, 1, share=share) == pytest.approx(seconds)


def test_going_back_on_the_way_counts_as_not_arrived():
    first = np.array([0.0, 0.95, 0.5, 0.95, 1.0])
    weights = np.stack([first, 1.0 - first], axis=-1)
    assert response_seconds(weights, 0.1, 1, share=0.9) == pytest.approx(0.3)


def test_nothing_moves_in_no_time():
    assert response_seconds(np.array([[0.5, 0.5]] * 4), 0.1, 1) == 0.0
    assert math.isfinite(response_seconds(np.array([[0.5, 0.5], [0.4, 0.6]]), 0.1, 1))
