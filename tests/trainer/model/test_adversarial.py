"""Adversarial post-training: two players with one total, and a run that goes on where it stopped."""

from copy import deepcopy

import msgspec
import pytest
import torch

from hobnail_trainer.feed.feed import validation_blocks
from hobnail_trainer.model.adversarial import AdversarialLearner, AdversarialSettings, Critic, post_train
from hobnail_trainer.model.blocks import Units, blocks_from
from hobnail_trainer.model.checkpoint import load, newest
from hobnail_trainer.model.loop import scale_of
from hobnail_trainer.model.velocity import draw

from .conftest import stirred

SETTINGS = AdversarialSettings(steps=6, tokens=64, layers=2)


def quiet(_):
    pass


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


def test_a_run_that_stopped_goes_on_to_the_same_bits(tmp_path, base, data, make):
    def run(name, past=None):
        post_train(base, tmp_path / name, data, make, SETTINGS, tell=quiet, past=past)
        return load(newest(tmp_path / name))

    whole = run("run")
    middle = load(tmp_path / "run" / "step-00000003.safetensors")
    again = run("again", past=middle)
    assert whole.part("projector")
    assert whole.tensors.keys() == again.tensors.keys()
    assert all(torch.equal(value, again.tensors[name]) for name, value in whole.tensors.items())
    assert not all(torch.equal(value, base.part("network")[name]) for name, value in whole.part("network").items())
    assert (whole.state.stage, whole.state.instant) == ("adversarial", True)
