"""Voices made block by block: as training saw them, from nothing that comes later, each with noise of its own."""

import msgspec
import numpy as np
import pytest
import torch

from hobnail_plugins.aht.flow_times import flow_times
from hobnail_plugins.aht.nn.assemble import assemble
from hobnail_plugins.aht.nn.flow import descend
from hobnail_plugins.aht.spec import CUE_WIDTH
from hobnail_trainer.model.blocks import Blocks, streams_of
from hobnail_trainer.model.generate import (
    Sampling,
    Told,
    begun,
    block,
    generate_blocks,
    known,
    noise_for,
    plan,
    remembered,
)

BATCH, HOPS = 3, 24


@pytest.fixture(scope="module")
def network(short, host):
    """Weights that are not those of the beginning, when nothing would move."""
    torch.manual_seed(0)
    made = assemble(msgspec.structs.replace(short.network, cue_hops=3, told_end=True), host)
    with torch.no_grad():
        for value in made.parameters():
            value.add_(0.1 * torch.randn_like(value))
    return made.eval()


@pytest.fixture(scope="module")
def told(network):
    spec, chance = network.spec, torch.Generator().manual_seed(1)
    span = spec.vision_hops + HOPS
    seen = torch.ones(BATCH, span, dtype=torch.bool)
    seen[:, : spec.vision_hops] = False
    return Told(
        torch.randn(BATCH, spec.text_tokens, spec.text_width, generator=chance),
        torch.arange(spec.text_tokens) < torch.tensor([[3], [12], [1]]),
        torch.rand(BATCH, span, spec.scene_width, generator=chance),
        torch.rand(BATCH, span, spec.cells, spec.cell_width, generator=chance),
        seen,
        torch.rand(BATCH, span, CUE_WIDTH, generator=chance),
        torch.tensor([30, 0, 17]),
    )


def noise(network):
    return noise_for(["a", "b", "c"], HOPS, network.spec.latents, 1)


@torch.no_grad()
def test_a_block_gets_the_velocity_that_training_computes(network, told):
    spec = network.spec
    first, hops, reach = 12, 8, spec.history_hops + spec.history_taps - 1
    clean = torch.randn(BATCH, first, spec.latents, generator=torch.Generator().manual_seed(2))
    past = begun(network, BATCH)
    for begin, end in ((0, 2), (2, 10), (10, 12)):  # written in three blocks
        past = remembered(network, past, clean[:, begin:end])
    x = noise(network)[:, :hops]
    given = block(network, known(network, told), None, past, x, Sampling(passes=1))

    history = torch.zeros(BATCH, reach, spec.latents)
    history[:, -first:] = clean[:, -reach:]
    history_seen = torch.arange(reach).expand(BATCH, -1) >= reach - first
    span = slice(first, first + spec.vision_hops + hops)
    numbers = torch.full((BATCH,), first)
    blocks = Blocks(
        latents=x,
        weight=torch.ones(BATCH, hops),
        history=history,
        history_seen=history_seen,
        first=numbers,
        age=numbers,
        text=told.text,
        text_seen=told.text_seen,
        scene=told.scene[:, span],
        scene_seen=told.sight_seen[:, span],
        pixels=told.pixels[:, span],
        pixels_seen=told.sight_seen[:, span],
        cue=told.cue[:, span],
        lasts=told.lasts,
        has_vision=torch.ones(BATCH, dtype=torch.bool),
        horizon=torch.full((BATCH,), hops),
        noise=torch.zeros(BATCH, 3),
        controls=torch.zeros(BATCH, 3),
    )
    streams = streams_of(network, blocks)

    def field(x, t, r):
        return network(x, t, r, numbers, numbers, streams).velocity

    assert torch.allclose(given, descend(field, x, flow_times(1, instant=True), instant=True), atol=1e-4)


def test_the_past_is_the_same_whatever_blocks_it_was_written_in(network):
    clean = torch.randn(BATCH, HOPS, network.spec.latents)
    with torch.no_grad():
        whole = remembered(network, begun(network, BATCH), clean)
        parts = begun(network, BATCH)
        for begin, end in plan(HOPS, (2, 5, 1)):
            parts = remembered(network, parts, clean[:, begin:end])
    assert torch.allclose(whole.history.keys, parts.history.keys, atol=1e-5)
    assert torch.allclose(whole.history.values, parts.history.values, atol=1e-5)
    assert torch.equal(whole.seen, parts.seen)
    assert torch.equal(whole.recent, parts.recent)


@pytest.mark.parametrize("horizon", [0, 2, None])
def test_what_is_seen_later_changes_nothing_before(network, told, horizon):
    changed = told.scene.clone()
    late = network.spec.vision_hops + 16
    changed[:, late:] += 1.0
    # a contact is told at once, known or not: who tells it says what is known
    other = Told(told.text, told.text_seen, changed, told.pixels, told.sight_seen, told.cue, told.lasts)
    ways = {"hops_per_block": 8, "passes": 2, "horizon": horizon}
    first, second = (generate_blocks(network, each, noise(network), **ways) for each in (told, other))
    assert torch.equal(first[:, :16], second[:, :16])
    assert torch.equal(first[:, 16:], second[:, 16:]) == (horizon == 0)


def test_guidance_of_one_is_no_guidance_and_more_moves_away_from_the_untold(network, told):
    plain = generate_blocks(network, told, noise(network), hops_per_block=8, passes=2)
    twice = generate_blocks(network, told, noise(network), hops_per_block=8, passes=2, guidance=2.0)
    free = generate_blocks(network, told.nothing(), noise(network), hops_per_block=8, passes=1)
    once = generate_blocks(network, told, noise(network), hops_per_block=8, passes=1)
    far = generate_blocks(network, told, noise(network), hops_per_block=8, passes=1, guidance=2.0)
    assert not torch.allclose(plain, twice)
    assert torch.allclose(far[:, :8], (2.0 * once - free)[:, :8], atol=1e-5)


def test_a_voice_alone_is_the_voice_in_company(network, told):
    whole = generate_blocks(network, told, noise(network), hops_per_block=16, passes=2)
    alone = generate_blocks(network, told.of(slice(1, 2)), noise(network)[1:2], hops_per_block=16, passes=2)
    assert torch.allclose(whole[1:2], alone, atol=1e-4)


def test_noise_follows_from_seed_and_name_alone():
    both, one = noise_for(["a", "b"], 6, 4, 1), noise_for(["b"], 6, 4, 1)
    assert torch.equal(both[1:], one)
    assert not torch.equal(both[:1], one)
    assert not torch.equal(one, noise_for(["b"], 6, 4, 2))
    assert abs(float(noise_for([str(number) for number in range(50)], 64, 32, 0).std()) - 1.0) < 0.01


def test_blocks_cover_a_voice_once():
    assert plan(64, 64) == [(0, 64)]
    assert plan(100, (64, 16)) == [(0, 64), (64, 80), (80, 96), (96, 100)]
    assert np.sum([end - begin for begin, end in plan(77, 2)]) == 77
