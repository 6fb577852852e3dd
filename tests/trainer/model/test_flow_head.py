"""A tiny backbone with a flow head: nothing comes from later, streamed is whole, and it learns."""

from dataclasses import replace
from functools import partial

import msgspec
import pytest
import torch
from click.testing import CliRunner

from hobnail_plugins.aht.nn.assemble import assemble
from hobnail_trainer.cli.program import cli
from hobnail_trainer.feed.feed import Feed
from hobnail_trainer.feed.settings import check_settings
from hobnail_trainer.flow_head.generate import generate_hops
from hobnail_trainer.flow_head.learner import HopLearner, disturbed, hop_arm, past_of, states_of
from hobnail_trainer.flow_head.network import HopNetwork
from hobnail_trainer.flow_head.spec import FlowHeadSpec
from hobnail_trainer.model.blocks import Units, blocks_from
from hobnail_trainer.model.checkpoint import load, newest
from hobnail_trainer.model.generate import Told
from hobnail_trainer.model.loop import scale_of, train
from hobnail_trainer.model.preset import read_preset
from hobnail_trainer.model.velocity import draw

from .conftest import stirred


@pytest.fixture(scope="module")
def preset(short):
    network = msgspec.structs.replace(short.network, history_hops=8)
    chosen = msgspec.structs.replace(short.feed, odds={16: 1.0}, history=11)
    return msgspec.structs.replace(short, network=network, feed=chosen, head=FlowHeadSpec(width=32, depth=2))


@pytest.fixture(scope="module")
def network(preset):
    torch.manual_seed(0)
    return stirred(HopNetwork(preset.network, preset.head)).eval()


@pytest.fixture(scope="module")
def blocks(preset, data):
    return blocks_from(next(Feed(data.train, preset.feed, seed=3)), Units(scale_of(data.train)))


@pytest.fixture(scope="module")
def told(preset):
    text = torch.randn(2, preset.network.text_tokens, preset.network.text_width)
    return Told(text, torch.arange(preset.network.text_tokens) < torch.tensor([[3], [5]]))


def test_the_preset_is_as_large_as_the_block_network_that_it_is_compared_with(host):
    hops, small = read_preset("small_hops"), read_preset("small")
    check_settings(hops.feed)
    count, beside = (
        sum(value.numel() for value in each.parameters())
        for each in (HopNetwork(hops.network, hops.head), assemble(small.network, host))
    )
    assert abs(count / beside - 1.0) < 0.02
    assert (hops.optimiser, hops.feed.parts, hops.feed.tokens) == (small.optimiser, small.feed.parts, small.feed.tokens)


def test_a_preset_with_a_head_has_no_speed_to_measure_and_inspect_counts_it(corpus):
    run = CliRunner().invoke
    refused = run(cli, ["fit", "small_hops", str(corpus), "--speed"])
    assert refused.exit_code != 0
    assert "research arm" in refused.output
    assert "a causal backbone and a flow head: 1,335,296 parameters" in run(cli, ["inspect", "small_hops"]).output


@torch.no_grad()
def test_a_later_hop_moves_no_earlier_state(network, blocks):
    past = past_of(network, blocks)
    whole = states_of(network, blocks, past)
    changed = past.latents.clone()
    changed[:, past.reach + network.spec.history_taps + 5 :] += 7.0  # what the states from hop 6 on remember
    moved = states_of(network, blocks, replace(past, latents=changed))
    assert torch.equal(whole[:, :6], moved[:, :6])
    assert not torch.allclose(whole[:, 6], moved[:, 6])


@torch.no_grad()
def test_hop_by_hop_with_kept_keys_is_the_whole(network, told):
    taps, hops = network.spec.history_taps, 30  # farther than the window of 8
    latents = torch.randn(2, taps - 1 + hops, network.spec.latents)
    first, age, words = (
        torch.tensor([5, 4090]),
        torch.tensor([0, 40]),
        network.backbone.words(told.text, told.text_seen),
    )
    whole, _ = network.backbone(latents, first, age, words)
    kept, each = None, []
    for hop in range(hops):
        state, kept = network.backbone(latents[:, hop : hop + taps], first + hop, age + hop, words, kept=kept)
        each.append(state)
    assert kept.hops == network.spec.history_hops - 1
    assert torch.allclose(torch.cat(each, dim=1), whole, atol=1e-5)


@torch.no_grad()
def test_a_voice_is_what_its_own_states_make_of_it(network, told):
    """What was made, given back as the past of one whole call, gives the states that it was made from."""
    noise = torch.randn(2, 20, network.spec.latents)
    made = generate_hops(network, told, noise, passes=1)
    padded = torch.nn.functional.pad(made, (0, 0, network.spec.history_taps, 0))[:, :-1]
    zero = torch.zeros(2, dtype=torch.long)
    states, _ = network.backbone(padded, zero, zero, network.backbone.words(told.text, told.text_seen))
    once = noise - network.head(noise, torch.ones(noise.shape[:2]), states)
    assert torch.allclose(once, made, atol=1e-5)


def test_words_and_guidance_move_a_voice(network, told):
    noise = torch.randn(2, 6, network.spec.latents)
    plain, unsaid, far = (
        generate_hops(network, what, noise, passes=2, guidance=guidance)
        for what, guidance in ((told, 1.0), (told.nothing(), 1.0), (told, 3.0))
    )
    assert not torch.allclose(plain, unsaid, atol=1e-3)
    assert not torch.allclose(plain, far, atol=1e-3)


def test_noise_and_holes_fall_on_what_was_there_and_nowhere_else(network, blocks):
    past = past_of(network, blocks)
    spec = FlowHeadSpec(width=32, noisy=1.0, noise=0.5, holes=1.0)
    other = HopNetwork(network.spec, spec)
    torch.nn.init.constant_(other.hole, 9.0)
    out = disturbed(other, past, torch.Generator().manual_seed(1))
    assert torch.equal(out.latents[~past.there], past.latents[~past.there])
    assert (out.latents[past.there] == 9.0).all(dim=-1).float().mean() > 0.2
    assert not (out.latents[past.there] == past.latents[past.there]).any()


def test_the_loss_falls_and_a_run_goes_on_bit_by_bit(preset, data, tmp_path):
    longer = msgspec.structs.replace(preset, steps=60, judge_every=30, keep_every=30)
    arm = hop_arm(longer)
    go = partial(train, preset=longer, data=data, make=arm.make, learner_of=arm.learner_of, judge=arm.judge)
    ended = go(tmp_path / "a", tell=lambda _: None)
    fresh = HopNetwork(longer.network, longer.head)
    units = Units(ended.scale)
    batch = blocks_from(next(Feed(data.train, longer.feed, seed=9)), units)
    drawn = draw(batch.latents.shape, longer.loss, torch.Generator().manual_seed(1))
    before = float(HopLearner(fresh, longer.loss)(batch, units, drawn)["flow"])
    assert ended.held_out[-1][1] < 0.75 * before
    first = sorted((tmp_path / "a").glob("step-*"))[0]
    go(tmp_path / "b", tell=lambda _: None, past=load(first))
    one, two = (load(newest(tmp_path / run)).tensors for run in "ab")
    assert all(torch.equal(one[name], two[name]) for name in one)
