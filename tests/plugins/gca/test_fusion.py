"""Every fusion arm against its formula, and how near to the identity it begins."""

import math

import numpy as np
import pytest
import torch

from hobnail.testing import check_plugin
from hobnail_plugins.gca import plugin
from hobnail_plugins.gca.components import FusionComponent, figures
from hobnail_plugins.gca.nn.fusion import (
    Flamingo,
    GatedContext,
    GatedHeads,
    GatedLiteral,
    Late,
    Projected,
    Vanilla,
)
from hobnail_plugins.gca.spec import FusionSettings
from hobnail_plugins.nn.contracts import PartSize

torch.set_num_threads(1)
SIZE = PartSize(width=16, heads=2)
OPEN_AT_FIRST = 1.0 / (1.0 + math.exp(3.0))  # 4.74 %


def pair():
    torch.manual_seed(2)
    return torch.randn(2, 5, 16), torch.randn(2, 5, 16)


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def test_every_arm_is_offered_by_hook_and_keeps_its_contract():
    expected = ("vanilla", "flamingo", "gca_literal", "gca_ctx", "gca_g1", "late", "projected")
    assert check_plugin(plugin) == tuple(f"component.{arm}" for arm in expected)


@pytest.mark.parametrize(
    ("arm", "share"),
    [
        (Vanilla, 0.0),
        (Flamingo, 0.0),
        (GatedLiteral, OPEN_AT_FIRST),
        (GatedContext, OPEN_AT_FIRST),
        (GatedHeads, OPEN_AT_FIRST),
    ],
)
def test_every_arm_begins_by_letting_in_exactly_this_share(arm, share):
    held, found = pair()
    out, gate = arm(SIZE, FusionSettings()).mix(held, found)
    assert torch.allclose(out, held + share * (found - held), atol=1e-6)
    assert (arm is Vanilla) or torch.allclose(gate, torch.tensor(share), atol=1e-6)


def test_a_gate_that_begins_at_zero_would_halve_what_is_held():
    held, _ = pair()
    out, _ = GatedLiteral(SIZE, FusionSettings(gate_bias=0.0)).mix(held, torch.zeros_like(held))
    assert torch.allclose(out, 0.5 * held)


def test_vanilla_adds_and_flamingo_adds_through_one_scalar():
    held, found = pair()
    vanilla, flamingo = Vanilla(SIZE, FusionSettings()), Flamingo(SIZE, FusionSettings())
    vanilla.gain.data = torch.ones(16)
    flamingo.alpha.data = torch.tensor(-0.7)
    assert torch.allclose(vanilla.mix(held, found)[0], held + found)
    out, gate = flamingo.mix(held, found)
    assert torch.allclose(out, held + math.tanh(-0.7) * found, atol=1e-6)
    assert gate.shape == (2, 5, 1)
    assert torch.allclose(gate, torch.tensor(math.tanh(0.7)))


def test_late_lets_streams_in_at_the_last_layer_only():
    held, found = pair()
    early, last = (Late(SIZE._replace(layer=layer, layers=3), FusionSettings()) for layer in (1, 2))
    out, gate = early.mix(held, found)
    assert out is held
    assert not gate.any()
    last.gain.data = torch.full((16,), 0.5)
    out, gate = last.mix(held, found)
    assert torch.allclose(out, held + 0.5 * found)
    assert gate.eq(1.0).all()


def test_projected_tells_every_hop_of_a_block_the_same():
    held, found = pair()
    part = Projected(SIZE, FusionSettings())
    part.gain.data = torch.ones(16)
    added = part.mix(held, found)[0] - held
    assert torch.allclose(added, found.mean(dim=1, keepdim=True).expand_as(found), atol=1e-6)


@pytest.mark.parametrize("arm", [GatedLiteral, GatedContext, GatedHeads])
def test_a_gated_arm_is_its_formula_token_by_token_and_channel_by_channel(arm):
    held, found = pair()
    part = arm(SIZE, FusionSettings())
    torch.nn.init.normal_(part.gate.weight)
    seen = torch.cat([held, found], dim=-1) if arm is GatedContext else found
    gate = sigmoid((seen @ part.gate.weight.T + part.gate.bias).detach().numpy())
    expected = gate * found.numpy() + (1 - gate) * held.numpy()
    out, mean = part.mix(held, found)
    assert np.allclose(out.detach().numpy(), expected, atol=1e-5)
    assert np.allclose(mean.detach().numpy(), gate.mean(axis=-1, keepdims=True), atol=1e-6)


def test_only_g1_gates_inside_the_heads_and_by_the_query_alone():
    query, _ = pair()
    heads = torch.randn(2, 5, 2, 8)
    for arm in (Vanilla, Flamingo, GatedLiteral, GatedContext):
        assert arm(SIZE, FusionSettings()).inside(heads, query) is heads
    part = GatedHeads(SIZE, FusionSettings())
    assert torch.allclose(part.inside(heads, query), 0.5 * heads)
    torch.nn.init.normal_(part.head_gate.weight)
    gate = sigmoid((query @ part.head_gate.weight.T).detach().numpy()).reshape(2, 5, 2, 8)
    assert np.allclose(part.inside(heads, query).detach().numpy(), gate * heads.numpy(), atol=1e-5)


def test_the_live_half_keeps_running_means_and_skips_what_is_not_finite():
    part = FusionComponent("gca_g1", FusionSettings())
    state = part.init_state()
    for gate in (0.1, 0.3, float("nan"), 0.8):
        _, state = part.before_step(state)
        outputs = {"gca_gates": np.array([gate, 0.5], np.float32), "gca_sink": np.full(3, gate, np.float32)}
        state = part.after_step(outputs, state)
    told = figures(state)
    assert told["steps"] == 3.0
    assert told["gate_0"] == pytest.approx(0.4)
    assert told["gate_1"] == pytest.approx(0.5)
    assert told["gate"] == pytest.approx(0.45)
    assert told["sink_history"] == pytest.approx(0.4)


def test_voices_of_different_ages_are_counted_together_and_apart():
    part = FusionComponent("gca_g1", FusionSettings())
    outputs = {"gca_gates": np.array([0.2, 0.6], np.float32), "gca_sink": np.zeros(3, np.float32)}
    old = part.after_step(outputs, part.init_state())
    young, older = part.spread(
        part.after_step(
            {name: np.stack([value, value]) for name, value in outputs.items()}, part.gather([part.init_state(), old])
        )
    )
    assert figures(young) == pytest.approx(figures(old))
    assert figures(older)["steps"] == 2.0
    assert figures(older)["gate_1"] == pytest.approx(0.6)
