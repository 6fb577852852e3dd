"""Strengths: 0 exactly at 0, never falling, odd, at most 1; and the same in numpy, in torch, alone and in a batch."""

import numpy as np
import pytest
import torch

from hobnail_plugins.moe_lora.nn.pack import palette_of
from hobnail_plugins.moe_lora.router import lean, route

from .conftest import SPEC, random_adapter

CURVE = np.linspace(-1.0, 1.0, 41, dtype=np.float32)


def tables(adapter):
    return palette_of(adapter, name="x", base="").router


def leaning(adapter, prompt):
    return lean(tables(adapter), adapter.settings.experts, prompt)


def prompts(count, seed=0):
    return np.random.default_rng(seed).normal(size=(count, SPEC.width)).astype(np.float32)


def controls_with(axis, values, others):
    controls = np.broadcast_to(others, (1, len(values), 3)).copy()
    controls[0, :, axis] = values
    return controls.astype(np.float32)


@pytest.mark.parametrize("odd", [True, False])
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("axis", range(3))
def test_an_axis_is_zero_at_zero_and_never_falls_whatever_the_router_learned(odd, seed, axis):
    adapter = random_adapter(seed=seed, odd=odd)
    with torch.no_grad():
        adapter.router.leave.weight.mul_(4.0)
    others = np.random.default_rng(seed).uniform(-1.0, 1.0, 3)
    lean_to = leaning(adapter, prompts(1, seed)[0])
    strengths = route(lean_to, adapter.settings.experts, controls_with(axis, CURVE, others)).strengths[0, :, axis]
    assert strengths[20] == 0.0
    assert (np.diff(strengths) >= 0.0).all()
    assert strengths[0] < 0.0 < strengths[-1]
    assert np.abs(strengths).max() <= 1.0
    assert not odd or np.array_equal(strengths, -strengths[::-1])


def test_without_oddness_each_side_can_be_learned_for_itself():
    adapter = random_adapter(seed=4, odd=False)
    with torch.no_grad():
        adapter.router.leave.bias.view(4, 7)[3, 0] = 4.0  # the shared expert's gate is the largest
        adapter.router.leave.bias.view(4, 7)[0, 1] = 3.0  # upwards pitch gains on it
        adapter.router.leave.bias.view(4, 7)[0, 4] = -3.0  # downwards it hardly does
    ends = route(leaning(adapter, prompts(1)[0]), adapter.settings.experts, controls_with(0, [-1.0, 1.0], np.zeros(3)))
    down, up = ends.strengths[0, :, 0]
    assert up > -2.0 * down > 0.0


def test_all_controls_at_zero_make_every_strength_exactly_zero():
    adapter = random_adapter(seed=4)
    routed = route(leaning(adapter, prompts(1)[0]), adapter.settings.experts, np.zeros((2, 1, 3), np.float32))
    assert not routed.strengths.any()
    assert np.allclose(routed.gates.sum(axis=-1), 1.0)


def test_the_shared_expert_is_as_strong_as_its_gate_and_the_largest_control():
    adapter = random_adapter(seed=4)
    controls = np.array([[[0.2, -0.7, 0.1]]], np.float32)
    routed = route(leaning(adapter, prompts(1)[0]), adapter.settings.experts, controls)
    gates = routed.gates[0, 0]
    assert routed.strengths[0, 0, 3] == pytest.approx(0.7 * gates[3] / gates.max(), rel=1e-6)


def test_at_first_a_control_moved_alone_works_in_full():
    adapter = random_adapter(seed=4)
    with torch.no_grad():
        adapter.router.leave.weight.zero_()
        adapter.router.leave.bias.zero_()
    controls = np.eye(3, dtype=np.float32)[:, None]
    strengths = route(leaning(adapter, prompts(1)[0]), adapter.settings.experts, controls).strengths[:, 0, :3]
    assert np.array_equal(strengths, np.eye(3))


@pytest.mark.parametrize("odd", [True, False])
@pytest.mark.parametrize("hops", [1, 5])
def test_numpy_and_torch_route_alike(odd, hops):
    adapter = random_adapter(seed=7, odd=odd)
    prompt = prompts(4, 1)
    controls = np.random.default_rng(2).uniform(-1.0, 1.0, (4, hops, 3)).astype(np.float32)
    with torch.no_grad():
        routing = adapter(torch.from_numpy(prompt), torch.from_numpy(controls))
    for voice in range(4):
        routed = route(leaning(adapter, prompt[voice]), adapter.settings.experts, controls[voice : voice + 1])
        assert np.abs(routed.strengths[0] - routing.strengths[voice].numpy()).max() < 1e-5
        assert np.abs(routed.gates[0] - routing.gates[voice].numpy()).max() < 1e-5


def test_gradients_reach_the_router_through_strengths():
    adapter = random_adapter(seed=7)
    routing = adapter(torch.from_numpy(prompts(3)), torch.rand(3, 1, 3))
    routing.strengths.sum().backward()
    assert all(value.grad is not None and value.grad.abs().sum() > 0 for value in adapter.router.parameters())


@pytest.mark.parametrize(
    ("cut", "problem"),
    [
        ({"leave_bias": 15}, "15 rows do not fit 4 experts on 3 axes"),
        ({"enter_bias": 31}, r"enter is float32 \[32, 16\], expected float32 \[31, 16\]"),
    ],
)
def test_tables_of_other_sizes_are_refused(cut, problem):
    import dataclasses
    import re

    whole = tables(random_adapter(seed=7))
    wrong = dataclasses.replace(whole, **{name: getattr(whole, name)[:size] for name, size in cut.items()})
    assert re.search(problem, wrong.problem(SPEC.width, ("pitch", "intensity", "texture", "shared")))
