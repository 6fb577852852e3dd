"""Distillation: guidance folded in, intervals crossed, and what a checkpoint says of it."""

import pytest
import torch

from hobnail_plugins.aht.nn.assemble import assemble
from hobnail_trainer.feed.feed import validation_blocks
from hobnail_trainer.model.blocks import Units, blocks_from
from hobnail_trainer.model.checkpoint import load, newest
from hobnail_trainer.model.distil import DistilLearner, DistilSettings, distil
from hobnail_trainer.model.loop import scale_of, train
from hobnail_trainer.model.optimiser import restore_weights
from hobnail_trainer.model.velocity import draw


def quiet(_):
    pass


@pytest.fixture(scope="module")
def base(tmp_path_factory, short, data, host):
    run = tmp_path_factory.mktemp("base")
    train(run, short, data, lambda: assemble(short.network, host), tell=quiet)
    return load(newest(run))


def learner(base, make, settings):
    """Weights that are not those of the beginning, when words would move nothing."""
    networks = [make(), make()]
    for network in networks:
        chance = torch.Generator().manual_seed(0)
        restore_weights(network, base.part("average"))
        with torch.no_grad():
            for value in network.parameters():
                value.add_(0.1 * torch.randn(value.shape, generator=chance))
    return DistilLearner(*networks, settings)


def lesson(base, data, short):
    units = Units(scale_of(data.train))
    blocks = blocks_from(next(iter(validation_blocks(data.held_out, 1, 1, short.feed))), units)
    return blocks, units, draw(blocks.latents.shape, short.loss, torch.Generator().manual_seed(1))


def test_without_guidance_a_copy_of_the_teacher_has_nothing_to_learn_at_instants(base, make, data, short):
    losses = learner(base, make, DistilSettings(guidance=1.0, intervals=0.0))(*lesson(base, data, short))
    assert set(losses) == {"total", "instant"}
    assert float(losses["total"].detach()) == pytest.approx(0.0, abs=1e-6)


def test_guidance_is_what_an_instant_teaches(base, make, data, short):
    blocks, units, drawn = lesson(base, data, short)
    learning = learner(base, make, DistilSettings(guidance=3.0, intervals=0.0))
    optimiser = torch.optim.AdamW(learning.network.parameters(), lr=3e-3)
    losses = []
    for _ in range(12):
        loss = learning(blocks, units, drawn)["total"]
        losses.append(float(loss.detach()))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert losses[0] > 1e-4
    assert losses[-1] < 0.5 * losses[0]
    assert all(value.grad is None for value in learning.teacher.parameters())


@pytest.mark.parametrize(("intervals", "stage", "instant"), [(0.0, "guided", True), (0.6, "distilled", False)])
def test_a_checkpoint_says_whether_its_network_knows_velocities_only(
    tmp_path, base, make, data, intervals, stage, instant
):
    distil(base, tmp_path, data, make, DistilSettings(steps=2, intervals=intervals), tell=quiet)
    state = load(newest(tmp_path)).state
    assert (state.stage, state.instant) == (stage, instant)
