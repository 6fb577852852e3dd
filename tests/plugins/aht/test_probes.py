"""Probes look on without changing anything, and show what was put there."""

import pytest
import torch

from hobnail_plugins.aht.nn.memory import Memory
from hobnail_plugins.aht.nn.probes import eviction_costs, look_into, without
from hobnail_plugins.nn.attention import normed_heads

torch.set_num_threads(1)


@pytest.mark.parametrize("fusion", ["vanilla", "flamingo", "gca_literal", "gca_ctx", "gca_g1", "late", "projected"])
def test_looking_on_changes_nothing_and_leaves_nothing_behind(tiny, fusion):
    network, given = tiny.network(fusion), tiny.given()
    network.train()
    before, results = tiny.step(network, given), []
    layers = look_into(network, lambda: results.append(tiny.step(network, given)))
    assert torch.equal(results[0].velocity, before.velocity)
    assert network.training
    assert len(layers) == 2
    assert not any(layer._forward_hooks or layer._forward_pre_hooks for layer in network.layers)
    assert torch.equal(tiny.step(network, given).velocity, before.velocity)


def test_a_call_that_fails_leaves_no_hook(tiny):
    network = tiny.network()

    def fail():
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        look_into(network, fail)
    assert not any(layer._forward_hooks for layer in network.layers)


def test_figures_are_those_of_the_attention_that_took_place(tiny):
    network, given = tiny.network(), tiny.given()
    results = []
    first, _ = look_into(network, lambda: results.append(tiny.step(network, given)), queries_from=2)
    looked = results[0].reports[0].looked
    assert set(first.streams) == {"text", "vision", "history"}
    assert first.itself.tokens == tiny.hops
    assert first.itself.uniform.first == pytest.approx(1.0 / tiny.hops)
    assert first.streams["text"].tokens == pytest.approx((4 + 1) / 2)  # the third has no words
    assert first.streams["vision"].found.entropy == pytest.approx(float(looked[1].entropy.mean()), abs=1e-4)
    assert first.rest["vision"].share == pytest.approx(float(looked[1].sink.mean()), abs=1e-5)
    assert first.rest["text"].share == pytest.approx(float(looked[0].sink[:2].mean()), abs=1e-5)
    assert first.rest["text"].uniform == pytest.approx((1 / 5 + 1 / 2) / 2)


def test_within_the_block_the_shares_are_those_that_were_used(tiny):
    network, given = tiny.network(), tiny.given()
    layer, caught = network.layers[0], []
    layer.register_forward_pre_hook(lambda module, arguments: caught.append(arguments))
    asked = []
    layer.self_o.register_forward_pre_hook(lambda module, arguments: asked.append(arguments[0]))
    tiny.step(network, given)
    x, modulation, _, _, around = caught[0]
    with torch.no_grad():
        queries, keys, values = layer.within(x, modulation, around)
        shares = torch.softmax(queries.transpose(1, 2) @ keys.permute(0, 2, 3, 1), dim=-1)
        found = (shares @ values.transpose(1, 2)).transpose(1, 2).flatten(2)
    assert torch.allclose(found, asked[0], atol=1e-6)


def test_a_planted_sink_is_seen(tiny):
    network, given = tiny.network(layers=1), tiny.given()
    layer = network.layers[0]
    with torch.no_grad():
        layer.cross_q.weight.zero_()  # so that every hop asks the same
        asked = normed_heads(layer.cross_q.bias[None, None], 4, layer.cross_gains[0])[0, 0]
        keys = tiny.streams(network, given).text.keys.clone()
        keys[:, 0, 2] = 20.0 * (asked[0::2] + asked[1::2])  # two heads read one key
    planted = Memory(keys, tiny.streams(network, given).text.values)
    calm = look_into(network, lambda: tiny.step(network, given))[0].streams["text"]
    sunk = look_into(network, lambda: tiny.step(network, given, text=planted, text_seen=given.text_seen.fill_(True)))
    found = sunk[0].streams["text"]
    assert (found.index, found.stability) == (2, 1.0)
    assert found.found.most > 0.99
    assert found.found.any_heads == 1.0
    assert found.found.first_heads == 0.0
    assert found.found.above["0.3"].sinks == 1.0
    assert found.found.entropy < 0.05 < calm.found.entropy


def test_gates_are_looked_at_channel_by_channel(tiny):
    given = tiny.given()
    gates = {arm: look_into(net, lambda net=net: tiny.step(net, given))[0].gates for arm, net in _begun(tiny).items()}
    assert set(gates["vanilla"]) == {"reported"}
    assert set(gates["gca_g1"]) == {"reported", "gate", "head_gate"}
    assert gates["gca_literal"]["gate"].mean == pytest.approx(0.0474, abs=1e-4)
    assert gates["gca_literal"]["gate"].closed == 1.0
    assert gates["gca_g1"]["head_gate"].mean == pytest.approx(0.5)
    assert gates["gca_g1"]["head_gate"].closed == gates["gca_g1"]["head_gate"].open == 0.0


def _begun(tiny):
    return {arm: tiny.network(arm, zeros=True) for arm in ("vanilla", "gca_literal", "gca_g1")}


def test_a_massive_activation_is_seen(tiny):
    network, given = tiny.network(), tiny.given()
    calm = look_into(network, lambda: tiny.step(network, given))[1]
    network.layers[1].mlp_down.bias.data[3] += 1000.0
    massive = look_into(network, lambda: tiny.step(network, given))[1]
    assert massive.activation > 10 * calm.activation
    assert massive.activation_ratio > 10 * calm.activation_ratio


def test_streams_that_nobody_sees_have_no_figures(tiny):
    network, given = tiny.network(), tiny.given()
    nothing = torch.zeros_like(given.history_seen)
    layer = look_into(network, lambda: tiny.step(network, given, history_seen=nothing))[0]
    assert set(layer.streams) == set(layer.rest) == {"text", "vision"}


def test_evicting_takes_the_oldest_hops_that_are_seen_or_the_newest(tiny):
    network, given = tiny.network(), tiny.given()
    streams = tiny.streams(network, given)  # 9 remembered hops: all, all but 3, all but 6
    kept = without(streams, 2).history_seen
    assert kept[0].tolist() == [False] * 2 + [True] * 7
    assert kept[1].tolist() == [False] * 5 + [True] * 4
    newest = without(streams, 2, "newest").history_seen
    assert newest[0].tolist() == [True] * 7 + [False] * 2
    assert newest[2].tolist() == [False] * 6 + [True] + [False] * 2
    assert not without(streams, 16).history_seen.any()


def test_the_cost_of_evicting_is_the_growth_of_the_loss(tiny):
    network, given = tiny.network(), tiny.given()
    streams = tiny.streams(network, given)
    age = torch.full_like(given.first, 50)

    def velocity(streams):
        with torch.no_grad():
            return network(given.x, given.t, given.r, given.first, age, streams).velocity

    aim = velocity(streams)
    costs = eviction_costs(lambda each: (velocity(each) - aim).square().mean(), streams)
    assert list(costs) == [0, 1, 4, 16]
    assert costs[0] == 0.0
    assert costs[1] > 0.0
    assert costs[16] == pytest.approx(float((velocity(without(streams, 9)) - aim).square().mean()))
