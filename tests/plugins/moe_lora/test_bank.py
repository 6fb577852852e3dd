"""Adapters in the network: nothing at 0, everything as the formula says, strengths by voice and hop, merged as live."""

import numpy as np
import pytest
import torch

from hobnail import PaletteError
from hobnail_plugins.moe_lora.merge import merge
from hobnail_plugins.moe_lora.nn.arms import MoeLora
from hobnail_plugins.moe_lora.nn.pack import fill, palette_of
from hobnail_plugins.moe_lora.spec import AdapterSettings

from .conftest import BATCH, HOPS, SPEC, random_adapter, random_network, run, same, weights_of


def test_a_new_bank_changes_nothing_at_any_strength(network):
    adapter = MoeLora(SPEC, AdapterSettings())
    plain, prompt = run(network)
    adapters = adapter.adapters(adapter(prompt, torch.ones(BATCH, 1, 3)))
    assert torch.equal(run(network, adapters)[0], plain)


def test_all_controls_at_zero_are_the_base_model_bit_for_bit(network):
    adapter = random_adapter()
    plain, prompt = run(network)
    adapters = adapter.adapters(adapter(prompt, torch.zeros(BATCH, 1, 3)))
    assert torch.equal(run(network, adapters)[0], plain)


@pytest.mark.parametrize("axis", range(3))
def test_each_control_changes_what_the_network_says(network, axis):
    adapter = random_adapter()
    plain, prompt = run(network)
    controls = torch.zeros(BATCH, 1, 3)
    controls[:, :, axis] = 0.5
    assert (run(network, adapter.adapters(adapter(prompt, controls)))[0] - plain).abs().max() > 0.01


def test_a_delta_is_alpha_over_rank_times_b_a_x_times_strength():
    adapter = random_adapter(rank=3, alpha=6.0, slot_rank=3)
    strengths = torch.rand(BATCH, 1, 4)
    x = torch.randn(BATCH, HOPS, SPEC.width)
    delta = adapter.bank.adapters(strengths).delta("mlp_up", 1, x)
    down, up = adapter.bank.down["mlp_up"][:, 1], adapter.bank.up["mlp_up"][:, 1]
    wanted = sum(2.0 * strengths[..., i, None] * (x @ down[i].T @ up[i].T) for i in range(4))
    assert (delta - wanted).abs().max() < 1e-5


def test_voices_and_hops_have_strengths_of_their_own(network):
    """A voice's answer depends on its own strengths alone; one for every hop that never changes is one strength."""
    adapter = random_adapter()
    _, prompt = run(network)
    controls = torch.rand(BATCH, 1, 3) * 2.0 - 1.0
    whole = run(network, adapter.adapters(adapter(prompt, controls)))[0]
    per_hop = run(network, adapter.adapters(adapter(prompt, controls.expand(-1, HOPS, -1))))[0]
    assert (per_hop - whole).abs().max() < 1e-6
    others = controls.clone()
    others[1:] = 0.0
    assert (run(network, adapter.adapters(adapter(prompt, others)))[0][0] - whole[0]).abs().max() < 1e-6
    moving = controls.expand(-1, HOPS, -1).clone()
    moving[:, 2:] *= -1.0
    assert (run(network, adapter.adapters(adapter(prompt, moving)))[0] - whole).abs().max() > 0.01


@pytest.mark.parametrize("arm", ["lora", "moe_lora"])
@pytest.mark.parametrize("alpha", [4.0, 9.0])
def test_merged_is_live(arm, alpha, base):
    adapter = random_adapter(arm, alpha=alpha)
    network = random_network()
    plain, prompt = run(network, batch=1)
    routing = adapter(prompt, torch.tensor([[[0.8, -0.4, 0.3]]]))
    live, _ = run(network, adapter.adapters(routing), batch=1)
    palette = palette_of(adapter, name="boots", base=base)
    merged = merge(weights_of(network), palette, routing.strengths[0, 0].tolist())
    network.load_state_dict({name: torch.from_numpy(value) for name, value in merged.items()}, strict=False)
    assert (live - plain).abs().max() > 0.05
    assert (run(network, batch=1)[0] - live).abs().max() < 1e-5


def test_merging_touches_adapted_places_only_and_leaves_the_old_weights(network, palette):
    weights = weights_of(network)
    before = {name: value.copy() for name, value in weights.items()}
    merged = merge(weights, palette, [0.5, 0.0, 0.0, 0.0])
    touched = {name.split(".")[2] for name, value in merged.items() if not np.array_equal(value, before[name])}
    assert touched == {"self_q", "self_o", "cross_q", "cross_o", "mlp_up", "mlp_down"}
    assert all(np.array_equal(value, before[name]) for name, value in weights.items())


def test_merging_refuses_the_wrong_number_of_strengths_and_other_networks(network, palette):
    with pytest.raises(PaletteError, match="2 strengths for 4 experts"):
        merge(weights_of(network), palette, [1.0, 1.0])
    with pytest.raises(PaletteError, match=r"layers\.0\.self_q\.weight is missing"):
        merge({}, palette, [1.0, 1.0, 1.0, 1.0])


def test_experts_that_read_apart_do_not_overlap():
    adapter = random_adapter(experts=("pitch", "texture"), places=("self_q",), rank=2, slot_rank=2)
    down = adapter.bank.down["self_q"]
    with torch.no_grad():
        down.zero_()
        down[0, :, 0, 0] = down[0, :, 1, 1] = down[1, :, 0, 2] = down[1, :, 1, 3] = 2.0
    assert adapter.bank.overlap().item() == 0.0
    with torch.no_grad():
        down[1, 0, 0, 0] = 0.5  # layer 0: (2 * 0.5)^2
    assert adapter.bank.overlap().item() == pytest.approx(1.0)


def test_overlap_is_the_sum_over_pairs_of_experts():
    bank = random_adapter().bank
    wanted = sum(
        (down[i, layer] @ down[j, layer].T).square().sum().item()
        for down in bank.down.values()
        for layer in range(SPEC.layers)
        for i in range(4)
        for j in range(i + 1, 4)
    )
    assert bank.overlap().item() == pytest.approx(wanted, rel=1e-5)


def test_a_module_is_filled_from_its_palette_bit_for_bit(base):
    palette = palette_of(random_adapter(seed=5), name="boots", base=base)
    other = random_adapter(seed=6)
    fill(other, palette)
    assert same(palette_of(other, name="boots", base=base), palette)


def test_a_module_of_other_settings_is_not_filled(palette):
    with pytest.raises(PaletteError, match="not those of the settings"):
        fill(random_adapter(rank=2), palette)
    with pytest.raises(PaletteError, match="not those of the settings"):
        fill(random_adapter("lora"), palette)
