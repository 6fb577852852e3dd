"""Distillation: guidance folded in, intervals crossed, and what a checkpoint says of it."""

import pytest
import torch

from hobnail_trainer.feed.feed import validation_blocks
from hobnail_trainer.model.blocks import Units, blocks_from
from hobnail_trainer.model.checkpoint import load, newest
from hobnail_trainer.model.distil import DistilLearner, DistilSettings, distil
from hobnail_trainer.model.loop import scale_of
from hobnail_trainer.model.stages import weighted
from hobnail_trainer.model.velocity import draw

from .conftest import stirred


def quiet(_):
    pass


def learner(base, make, settings):
    return DistilLearner(*(stirred(weighted(make, base)) for _ in range(2)), settings)


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
