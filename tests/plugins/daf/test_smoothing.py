"""Weights keep still from step to step, and answer in time; the caller's wishes come first."""

import numpy as np
import pytest

from hobnail.errors import ConfigError
from hobnail_plugins.daf.components import WeightingComponent
from hobnail_plugins.daf.spec import HOP_SECONDS, SmoothingSettings, WeightingSettings
from hobnail_plugins.daf.stability import response_seconds, stability
from hobnail_plugins.daf.state import told

STEP = 2 * HOP_SECONDS
TEXT, VISION, HISTORY = range(3)
TO_AND_FRO = [[1.5, -1.5, -2.0], [-1.5, 1.5, -2.0]] * 150


def component(**smoothing):
    return WeightingComponent("daf", WeightingSettings(smoothing=SmoothingSettings(**smoothing)))


BARE = {"seconds": 0.0, "rate": 1000.0, "lead": 0.0, "floor": 0.001}


def step_between(swing, steps):
    """Logits that lean to text by ``swing``, then to vision, at once."""
    return [[swing / 2, -swing / 2, 0.0]] * steps + [[-swing / 2, swing / 2, 0.0]] * steps


def test_weights_that_swing_at_every_step_stop_swinging(graph):
    raw, _, _ = graph.run(component(**BARE), TO_AND_FRO)
    smooth, _, _ = graph.run(component(), TO_AND_FRO)
    before, after = stability(raw, STEP), stability(smooth, STEP)
    assert before.flips > 40.0
    assert before.variation > 30.0
    assert after.flips == 0.0
    assert after.variation < 0.05 * before.variation


@pytest.mark.parametrize("swing_hz", [4.0, 8.0, 12.0, 20.0])
def test_slower_swings_that_are_not_large_are_stilled_too(graph, swing_hz):
    swing = 0.5 * np.sign(np.sin(2 * np.pi * swing_hz * STEP * np.arange(400) + 0.1))
    logits = np.stack([swing, -swing, np.full_like(swing, -2.0)], axis=-1)
    raw, _, _ = graph.run(component(**BARE), logits)
    smooth, _, _ = graph.run(component(), logits)
    assert stability(smooth, STEP).flips <= 0.15 * stability(raw, STEP).flips
    assert stability(smooth, STEP).variation <= 0.3 * stability(raw, STEP).variation


def test_noise_flips_less_and_moves_less(graph):
    logits = np.random.default_rng(3).normal(size=(400, 3))
    raw, _, _ = graph.run(component(**BARE), logits)
    smooth, _, _ = graph.run(component(), logits)
    assert stability(raw, STEP).flips > 25.0
    assert stability(smooth, STEP).flips < 4.0
    assert stability(smooth, STEP).variation < 0.15 * stability(raw, STEP).variation


@pytest.mark.parametrize("hops", [1, 2, 4])
@pytest.mark.parametrize("swing", [0.7, 1.0, 2.0, 4.0, 8.0, 20.0])
def test_a_real_change_is_answered_within_300_ms(graph, swing, hops):
    component_ = component()
    steps = int(1.5 / (hops * HOP_SECONDS))
    state = told(component_.init_state(), hops=hops)
    weights, _, _ = graph.run(component_, step_between(swing, steps), state)
    assert weights[steps - 1].argmax() == TEXT
    assert weights[-1].argmax() == VISION
    assert response_seconds(weights, hops * HOP_SECONDS, steps, share=0.9) < 0.3


def test_a_slow_average_misses_that_time_so_the_test_can_fail(graph):
    weights, _, _ = graph.run(component(seconds=0.6), step_between(4.0, 100))
    assert response_seconds(weights, STEP, 100) > 0.3


def test_the_first_step_weighs_anew_and_the_second_holds(graph):
    part = component()
    inputs, state = part.before_step(part.init_state())
    assert inputs["daf_hold"] == 0.0
    state = part.after_step(graph([1.0, 0.0, -1.0], inputs), state)
    assert np.allclose(state.weights, np.exp([1, 0, -1]) / np.exp([1, 0, -1]).sum(), atol=1e-4)
    inputs, _ = part.before_step(state)
    news = 1.0 - np.exp(-STEP / 0.15)
    assert inputs["daf_hold"] == pytest.approx(1.0 - news**2, abs=1e-6)
    assert np.allclose(np.exp(inputs["daf_prior"]), state.weights, atol=1e-6)


def test_a_long_block_weighs_almost_anew(graph):
    part = component()
    _, _, state = graph.run(part, [[2.0, 0.0, 0.0]] * 5)
    inputs, state = part.before_step(told(state, hops=64))
    assert inputs["daf_hold"] < 0.05
    state = part.after_step(graph([0.0, 2.0, 0.0], inputs), state)
    assert state.weights.argmax() == VISION


@pytest.mark.parametrize("rate", [1.0, 4.0])
def test_no_weight_moves_faster_than_the_rate(graph, rate):
    noise = 5.0 * np.random.default_rng(1).normal(size=(300, 3))
    _, held, _ = graph.run(component(rate=rate), noise)
    moved = np.abs(np.diff(held, axis=0)).max()
    assert 0.9 * rate * STEP < moved < rate * STEP + 1e-5


@pytest.mark.parametrize("floor", [0.03, 0.1])
def test_no_weight_leaves_floor_and_ceiling_and_they_sum_to_one(graph, floor):
    _, held, _ = graph.run(component(floor=floor), [[20.0, -20.0, 0.0]] * 100)
    assert held.min() == pytest.approx(floor, abs=1e-5)
    assert held.max() == pytest.approx(1.0 - 2.0 * floor, abs=1e-5)
    assert np.allclose(held.sum(axis=-1), 1.0, atol=1e-5)


def test_weights_within_floor_and_ceiling_are_left_as_they_are(graph):
    wanted = np.array([0.6, 0.3, 0.1])
    _, held, _ = graph.run(component(), [np.log(wanted)] * 3)
    assert np.allclose(held[-1], wanted, atol=1e-5)


def test_the_leader_changes_only_for_one_that_leads_by_enough(graph):
    part = component(lead=0.5)
    _, _, state = graph.run(part, [[0.2, 0.0, -2.0]] * 10)
    assert state.leader == TEXT
    weights, held, state = graph.run(part, [[0.0, 0.4, -2.0]] * 200, state)
    assert state.leader == TEXT
    assert (held.argmax(axis=-1) == TEXT).all()
    assert (weights.argmax(axis=-1) == TEXT).all()
    _, held, state = graph.run(part, [[0.0, 0.6, -2.0]] * 200, state)
    assert state.leader == VISION
    assert held[-1].argmax() == VISION


def test_when_every_stream_is_vague_the_fallback_takes_over_and_lets_go_again(graph):
    part = component(fallback=(0.6, 0.1, 0.3))
    logits = [[0.0, 2.0, 0.0]] * 60
    _, held, state = graph.run(part, logits, entropy=[0.99, 0.99, 0.98])
    assert np.allclose(held[-1], [0.6, 0.1, 0.3], atol=1e-3)
    _, held, state = graph.run(part, logits, state, entropy=[0.99, 0.6, 0.98])
    assert held[-1].argmax() == VISION


def test_the_vagueness_of_an_absent_stream_does_not_count(graph):
    present = np.array([True, True, False])
    _, held, _ = graph.run(component(), [[0.0, 2.0, 0.0]] * 5, present=present, entropy=[0.5, 0.99, 0.0])
    assert held[-1].argmax() == VISION
    _, held, _ = graph.run(component(), [[0.0, 2.0, 0.0]] * 60, present=present, entropy=[0.99, 0.99, 0.0])
    assert np.allclose(held[-1], [0.5 / 0.6, 0.1 / 0.6, 0.0], atol=1e-3)


def test_a_stream_that_is_not_there_weighs_nothing_and_one_that_comes_counts_at_once(graph):
    part = component()
    _, held, state = graph.run(part, [[0.0, 0.0, 0.0]] * 10, present=np.array([True, False, True]))
    assert held[-1][VISION] == 0.0
    assert np.allclose(held[-1], [0.5, 0.0, 0.5], atol=0.02)  # a tie: whoever leads is a little in front
    _, held, _ = graph.run(part, [[0.0, 0.0, 0.0]], state)
    assert np.allclose(held[-1], 1 / 3, atol=0.02)


def test_nothing_present_is_defined(graph):
    inputs, state = component().before_step(component().init_state())
    outputs = graph([1.0, 0.0, 0.0], inputs) | {"daf_weights": np.zeros(3, np.float32)}
    state = component().after_step(outputs, state)
    assert np.isfinite(state.table).all()
    assert state.weights.sum() == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_voice_that_breaks_keeps_its_state_and_leaves_its_neighbour_alone(graph, bad):
    part = component()
    _, _, state = graph.run(part, [[1.0, 0.0, 0.0]] * 5 + [[0.0, 2.0, 0.0]] * 2)  # in the middle of a change
    both = part.gather([state, state])
    inputs, both = part.before_step(both)
    under_way = part.spread(both)[0]
    outputs = graph([[0.0, 1.0, 0.0]] * 2, inputs)
    outputs["daf_logits"][0, 1] = bad
    broken, whole = part.spread(part.after_step(outputs, both))
    assert np.array_equal(broken.table, under_way.table)
    assert np.array_equal(broken.weights, state.weights)
    inputs, alone = part.before_step(state)
    alone = part.after_step(graph([0.0, 1.0, 0.0], inputs), alone)
    assert np.allclose(whole.table, alone.table, atol=1e-6)


def test_what_the_caller_wants_replaces_the_weights_and_returns_them(graph):
    part = component()
    before, _, state = graph.run(part, [[2.0, 0.0, 0.0]] * 20)
    weights, _, state = graph.run(part, [[2.0, 0.0, 0.0]] * 40, told(state, wanted=[0.0, 2.0, 2.0], share=1.0))
    assert np.allclose(weights[-1], [0.0, 0.5, 0.5], atol=1e-6)
    assert np.abs(np.diff(np.concatenate([before[-1:], weights]), axis=0)).max() <= 4.0 * STEP + 1e-3
    wished = weights[-1:]
    weights, held, _ = graph.run(part, [[2.0, 0.0, 0.0]] * 40, told(state, share=0.0))
    assert np.abs(np.diff(np.concatenate([wished, weights]), axis=0)).max() <= 4.0 * STEP + 1e-3
    assert weights[-1].argmax() == TEXT
    assert np.allclose(held[-1], np.exp([2, 0, 0]) / np.exp([2, 0, 0]).sum(), atol=2e-3)


def test_a_voice_that_begins_with_a_wish_has_it_at_once(graph):
    part = component()
    weights, _, _ = graph.run(part, [[2.0, 0.0, 0.0]], told(part.init_state(), wanted=[0, 1, 0], share=1.0))
    assert np.allclose(weights[0], [0.0, 1.0, 0.0], atol=1e-6)


@pytest.mark.parametrize(
    ("wish", "problem"),
    [
        ({"wanted": [1.0, 1.0]}, "text, vision, history"),
        ({"wanted": [0.0, 0.0, 0.0]}, "at least one above 0"),
        ({"wanted": [1.0, -0.1, 0.0]}, "a number from 0"),
        ({"wanted": [1.0, float("nan"), 0.0]}, "a number from 0"),
        ({"share": 1.5}, "share is 1.5"),
        ({"share": float("nan")}, "share is nan"),
        ({"hops": 0}, "a step has 0 hops"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(wish, problem):
    with pytest.raises(ConfigError, match=problem):
        told(component().init_state(), **wish)
