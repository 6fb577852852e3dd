"""The network: how near to the identity it begins, what it may know, and that place and company change nothing."""

import math
from dataclasses import replace

import pytest
import torch

from hobnail_plugins.aht.spec import PartChoice
from hobnail_plugins.nn.contracts import Steering

torch.set_num_threads(1)
FUSIONS = ("vanilla", "flamingo", "gca_literal", "gca_ctx", "gca_g1", "late", "projected")
WEIGHTINGS = ("equal", "learned_static", "magnitude", "daf_literal", "daf", "variance", "oracle")


def relative_changes(network, run):
    """Largest |out - in| / |in| of a hop, layer by layer, while ``run`` runs."""
    changes = []

    def hook(module, arguments, result):
        before, after = arguments[0], result[0]
        changes.append(float(((after - before).norm(dim=-1) / before.norm(dim=-1)).max()))

    handles = [layer.register_forward_hook(hook) for layer in network.layers]
    run()
    for handle in handles:
        handle.remove()
    return changes


@pytest.mark.parametrize("weighting", WEIGHTINGS)
@pytest.mark.parametrize("fusion", FUSIONS)
def test_every_layer_of_every_arm_begins_near_the_identity(tiny, fusion, weighting):
    network = tiny.network(fusion, weighting, zeros=True)
    changes = relative_changes(network, lambda: tiny.step(network, tiny.given()))
    if fusion in ("vanilla", "flamingo", "late", "projected"):
        assert changes == [0.0, 0.0]
    else:  # what is held, H, becomes (1 - g) H + g found: at least g of it goes, and what is found is not large
        gate = 1.0 / (1.0 + math.exp(3.0))
        assert 0.9 * gate < max(changes) < 0.1


def test_a_gate_half_open_at_first_would_be_far_from_it(tiny):
    network = tiny.network(PartChoice(id="gca_literal", settings={"gate_bias": 0.0}), zeros=True)
    assert max(relative_changes(network, lambda: tiny.step(network, tiny.given()))) > 0.4


def test_a_new_network_moves_nothing(tiny):
    assert tiny.step(tiny.network(zeros=True), tiny.given()).velocity.abs().max() == 0.0


def test_a_remembered_hop_depends_on_its_four_latents_only(tiny):
    network, given = tiny.network(), tiny.given()
    before = network.remember(given.latents, given.first)
    for hop in (0, 4, tiny.past - 1):
        latents = given.latents.clone()
        latents[:, 3 + hop] += 3.0  # three latents come before the first row
        after = network.remember(latents, given.first)
        touched = [row for row in range(tiny.past) if hop <= row <= hop + 3]
        for name in ("keys", "values"):
            moved = (getattr(after, name) - getattr(before, name)).abs().amax(dim=(0, 1, 3, 4))
            assert [row for row in range(tiny.past) if moved[row] > 0.0] == touched


@pytest.mark.parametrize("chunk", [1, 2, 3, 9])
def test_remembering_whole_is_remembering_streamed(tiny, chunk):
    network, given = tiny.network(), tiny.given()
    whole = network.remember(given.latents, given.first)
    parts = [
        network.remember(given.latents[:, start : start + 3 + chunk], given.first + start)
        for start in range(0, tiny.past, chunk)
    ]
    for name in ("keys", "values"):
        streamed = torch.cat([getattr(part, name) for part in parts], dim=2)
        assert torch.allclose(streamed, getattr(whole, name), atol=1e-5)


@pytest.mark.parametrize("chunk", [1, 2, 3, 10])
def test_seeing_whole_is_seeing_streamed(tiny, chunk):
    network, given = tiny.network(), tiny.given()
    looks = (given.scene, given.scene_seen, given.pixels, given.pixels_seen)
    whole = network.see(*looks, given.first)
    hops = given.scene.shape[1] - tiny.window + 1
    parts = [
        network.see(
            *(each[:, start : start + tiny.window - 1 + min(chunk, hops - start)] for each in looks),
            given.first + start,
        )
        for start in range(0, hops, chunk)
    ]
    for name in ("keys", "values"):
        streamed = torch.cat([getattr(part, name) for part in parts], dim=2)
        assert torch.allclose(streamed, getattr(whole, name), atol=1e-5)


def test_rows_that_are_hidden_may_be_anything(tiny):
    network, given = tiny.network(), tiny.given()
    streams = tiny.streams(network, given)
    hidden = torch.zeros_like(streams.vision_seen)
    hidden[:, :, : streams.vision.keys.shape[2] // 2] = True
    streams = replace(streams, vision_seen=streams.vision_seen & ~hidden)
    noisy = {}
    for name, seen in (("vision", hidden[:, 0]), ("history", ~streams.history_seen), ("text", ~streams.text_seen)):
        memory = getattr(streams, name)
        where = seen[:, None, :, None, None]
        noisy[name] = replace(memory, keys=memory.keys + 9.0 * where, values=memory.values - 50.0 * where)
    age = torch.full_like(given.first, 50)
    with torch.no_grad():
        before = network(given.x, given.t, given.r, given.first, age, streams)
        after = network(given.x, given.t, given.r, given.first, age, replace(streams, **noisy))
        shown = replace(streams, vision=noisy["vision"], vision_seen=torch.ones_like(streams.vision_seen))
        other = network(given.x, given.t, given.r, given.first, age, shown)
    assert (before.velocity - after.velocity).abs().max() == 0.0
    assert (before.velocity - other.velocity).abs().max() > 1e-3


def test_vision_to_come_reaches_no_hop_by_its_streams(tiny):
    network, given = tiny.network(layers=1), tiny.given()
    scene = given.scene.clone()
    scene[:, -2:] += 5.0  # seen at the block's last two hops
    before, after = (
        tiny.step(network, given),
        tiny.step(network, replace(given, scene=scene, scene_seen=given.scene_seen)),
    )
    for stream in before.reports[0].looked, after.reports[0].looked:
        assert stream[1].heads.shape[1] == tiny.hops
    moved = (before.reports[0].looked[1].heads - after.reports[0].looked[1].heads).abs().amax(dim=(0, 2, 3))
    assert moved[: tiny.hops - 2].max() == 0.0
    assert moved[tiny.hops - 2 :].min() > 1e-4


@pytest.mark.parametrize("shift", [1, 777, 4096 - 103, 4096, 5000, 10**9])
def test_the_clock_may_start_anywhere(tiny, shift):
    network, given = tiny.network(still_sinks=True), tiny.given()
    before = tiny.step(network, given).velocity
    after = tiny.step(network, replace(given, first=given.first + shift)).velocity
    assert (before - after).abs().max() < 1e-4
    assert before.abs().max() > 1.0


def test_sinks_that_meet_turned_queries_follow_the_clock_but_only_round_and_round(tiny):
    network, given = tiny.network(), tiny.given()
    before = tiny.step(network, given)
    round_once = tiny.step(network, replace(given, first=given.first + 4096))
    assert (before.velocity - round_once.velocity).abs().max() == 0.0
    later = tiny.step(network, replace(given, first=given.first + 100))
    rested = [step.reports[0].looked[2].sink for step in (before, later)]
    assert (rested[0] - rested[1]).abs().max() > 1e-3


def test_when_hops_lie_apart_does_matter(tiny):
    network, given = tiny.network(), tiny.given()
    later = tiny.streams(network, replace(given, first=given.first + 3))
    heard = Steering(torch.zeros(3, 3), torch.zeros(3, 1), torch.eye(3)[[2, 2, 2]], torch.ones(3, 1))
    moved = tiny.step(network, given, heard, history=later.history).velocity
    moved = moved - tiny.step(network, given, heard).velocity
    assert moved[:2].abs().amax(dim=(1, 2)).min() > 1e-2  # the third has too little history
    assert moved[2].abs().max() == 0.0


@pytest.mark.parametrize("weighting", ["daf", "variance", "magnitude"])
def test_a_sample_alone_is_what_it_is_in_a_batch(tiny, weighting):
    network, given = tiny.network("gca_g1", weighting), tiny.given()
    together = tiny.step(network, given)
    for sample in range(3):
        alone = tiny.step(network, given.only(sample))
        assert torch.allclose(alone.velocity[0], together.velocity[sample], atol=1e-5)
        assert torch.allclose(
            alone.reports[1].weighed.weights[0], together.reports[1].weighed.weights[sample], atol=1e-5
        )


def test_streams_that_are_not_there_weigh_nothing(tiny):
    network, given = tiny.network(), tiny.given()
    weights = [report.weighed.weights for report in tiny.step(network, given).reports]
    for each in weights:  # sample 2 has no words, and three remembered hops: too few
        assert each[2, :, 0].abs().max() == 0.0
        assert each[2, :, 2].abs().max() == 0.0
        assert torch.allclose(each[2, :, 1], torch.ones(tiny.hops))
        assert each[:2].min() > 0.0
        assert torch.allclose(each.sum(dim=-1), torch.ones(3, tiny.hops), atol=1e-6)


def test_with_no_stream_at_all_it_still_makes_sound(tiny):
    network, given = tiny.network(), tiny.given()
    streams = tiny.streams(network, given)
    nothing = {name: torch.zeros_like(getattr(streams, name)) for name in ("text_seen", "vision_seen", "history_seen")}
    step = tiny.step(network, given, **nothing)
    assert torch.isfinite(step.velocity).all()
    assert step.velocity.abs().max() > 0.0
    assert torch.allclose(step.reports[0].weighed.weights.sum(dim=-1), torch.ones(3, tiny.hops), atol=1e-6)


def test_what_stands_for_streams_that_are_not_there_is_learned(tiny):
    """One stream that is missing has weight 0; where all are, sinks stand for them, and a vector for the prompt."""
    network, given = tiny.network(), tiny.given()
    given = replace(given, text_seen=torch.zeros_like(given.text_seen))
    age, streams = torch.full_like(given.first, 50), tiny.streams(network, given)
    hidden = {name: torch.zeros_like(getattr(streams, name)) for name in ("vision_seen", "history_seen")}
    found = network(given.x, given.t, given.r, given.first, age, replace(streams, **hidden))
    found.velocity.square().sum().backward()
    for part in (network.tell, network.see, network.remember):
        assert part.memory.sink_values.grad.abs().amax(dim=(1, 2)).min() > 0.0  # in every layer
    assert network.tell.nothing.grad.abs().max() > 0.0
    assert network.tell.enter.weight.grad.abs().max() == 0.0  # of the words themselves nothing came


def test_the_dynamic_gate_moves_weight_between_text_and_vision(tiny):
    network, given = tiny.network(), tiny.given()
    calm = tiny.step(network, given).reports[0].weighed.weights[0]
    network.layers[0].dynamic.bias.data += torch.tensor([1.0, -1.0])
    moved = tiny.step(network, given).reports[0].weighed
    assert moved.weights[0, :, 0].min() > calm[:, 0].max()
    assert moved.weights[0, :, 1].max() < calm[:, 1].min()
    without = tiny.network(dynamic_gate=False)
    without.layers[0].dynamic.bias.data += torch.tensor([1.0, -1.0])
    assert torch.allclose(tiny.step(without, given).reports[0].weighed.weights[0], _static(tiny, given), atol=1e-6)


def _static(tiny, given):
    return tiny.step(tiny.network(dynamic_gate=False), given).reports[0].weighed.weights[0]


def test_the_callers_weights_reach_every_layer(tiny):
    network, given = tiny.network(), tiny.given()
    wanted = torch.tensor([[0.0, 0.0, 1.0]]).expand(3, -1)
    steering = Steering(torch.zeros(3, 3), torch.zeros(3, 1), wanted, torch.ones(3, 1))
    steered = tiny.step(network, given, steering)
    for report in steered.reports:
        assert torch.allclose(report.weighed.weights, wanted.unsqueeze(1).expand(3, tiny.hops, 3))
    assert (steered.velocity - tiny.step(network, given).velocity).abs().max() > 1e-3
