"""Adversarial post-training: two players with one total, and a run that goes on where it stopped."""

from copy import deepcopy

import msgspec
import pytest
import torch

from hobnail_plugins.aht.nn.assemble import assemble
from hobnail_trainer.feed.feed import validation_blocks
from hobnail_trainer.model.adversarial import AdversarialLearner, AdversarialSettings, Critic, post_train
from hobnail_trainer.model.blocks import Units, blocks_from
from hobnail_trainer.model.checkpoint import load, newest
from hobnail_trainer.model.loop import scale_of, train
from hobnail_trainer.model.velocity import draw

SETTINGS = AdversarialSettings(steps=4, tokens=64, layers=2)


def quiet(_):
    pass


@pytest.fixture(scope="module")
def base(tmp_path_factory, short, data, host):
    run = tmp_path_factory.mktemp("base")
    train(run, short, data, lambda: assemble(short.network, host), tell=quiet)
    return load(newest(run))


def stirred(network):
    """Weights that are not those of the beginning, when nothing would come of what goes in."""
    chance = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for value in network.parameters():
            value.add_(0.1 * torch.randn(value.shape, generator=chance))
    return network


@pytest.fixture
def learner(make):
    torch.set_num_threads(1)
    torch.manual_seed(0)
    network = stirred(make())
    return AdversarialLearner(network, deepcopy(network), Critic(deepcopy(network), 2), SETTINGS)


@pytest.fixture
def lesson(data, short):
    units = Units(scale_of(data.train))
    blocks = blocks_from(
        validation_blocks(data.held_out, 1, 1, msgspec.structs.replace(short.feed, tokens=256))[0], units
    )
    return blocks, units, draw(blocks.latents.shape, short.loss, torch.Generator().manual_seed(1))


def gradients(module):
    return {name: value.grad.clone() for name, value in module.named_parameters() if value.grad is not None}


def test_the_generator_moves_against_the_critic_and_the_critic_with_itself(learner, lesson):
    learner(*lesson)["total"].backward()
    players = {"network": gradients(learner.network), "critic": gradients(learner.critic)}
    before = learner(*lesson)
    for player, against in (("network", "generator"), ("critic", "critic")):
        module = getattr(learner, player)
        with torch.no_grad():
            for name, value in module.named_parameters():
                if name in players[player]:
                    value.sub_(1e-3 * players[player][name])
        assert float(learner(*lesson)[against]) < float(before[against])
        with torch.no_grad():
            for name, value in module.named_parameters():
                if name in players[player]:
                    value.add_(1e-3 * players[player][name])
    assert not gradients(learner.base)


def test_a_copy_of_the_base_is_as_near_as_can_be(learner, lesson):
    assert float(learner(*lesson)["near"]) == pytest.approx(0.0, abs=1e-6)


def test_a_critic_learns_to_tell_recordings_from_what_is_made(learner, lesson):
    optimiser = torch.optim.AdamW(learner.critic.parameters(), lr=2e-3)
    told = []
    for _ in range(25):
        losses = learner(*lesson)
        told.append(float(losses["told"]))
        optimiser.zero_grad()
        losses["total"].backward()
        optimiser.step()
    assert told[-1] > max(0.85, told[0])


def test_a_run_goes_on_where_it_stopped(tmp_path, base, data, make):
    def run(folder, steps, past=None):
        post_train(base, folder, data, make, msgspec.structs.replace(SETTINGS, steps=steps), tell=quiet, past=past)
        return load(newest(folder))

    whole = run(tmp_path / "whole", 4)
    begun = run(tmp_path / "begun", 2)
    schedule = begun.state.preset.optimiser
    assert begun.part("projector")
    assert whole.state.stage == "adversarial"
    assert whole.state.instant
    assert schedule.rate == SETTINGS.rate
    moved = [not torch.equal(value, base.part("average")[name]) for name, value in whole.part("network").items()]
    assert any(moved)
