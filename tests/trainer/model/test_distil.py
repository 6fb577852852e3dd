"""Distillation: guidance folded in, intervals crossed, and what a checkpoint says of it."""

import msgspec
import pytest
import torch
from click.testing import CliRunner

from hobnail_plugins.aht.nn.network import Velocity
from hobnail_trainer.cli.distil import command
from hobnail_trainer.feed.feed import validation_blocks
from hobnail_trainer.model.blocks import Units, blocks_from
from hobnail_trainer.model.checkpoint import load, newest, save
from hobnail_trainer.model.distil import DistilLearner, DistilSettings, distil, intervals
from hobnail_trainer.model.loop import scale_of
from hobnail_trainer.model.preset import FlowLoss
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


def test_times_of_intervals_are_in_order_and_half_of_them_are_those_of_few_passes():
    drawn = draw(torch.Size((64, 2, 3)), FlowLoss(), torch.Generator().manual_seed(2))
    times = intervals(drawn, 16)
    assert torch.equal(times.t[:16], drawn.t[:16])
    assert torch.equal(times.r[:16], drawn.t[:16])
    t, s, r = (each[16:] for each in times)
    assert bool(((r < s) & (s < t) & (r >= 0.0) & (t <= 1.0)).all())
    grid = {(round(1.0 - at / n, 6), round(1.0 - (at + 1) / n, 6)) for n in (1, 2, 4) for at in range(n)}
    found = {(round(float(top), 6), round(float(end), 6)) for top, end in zip(t[::2], r[::2], strict=True)}
    assert found <= grid
    assert len(found) >= 5
    assert torch.allclose(s[::2], (t[::2] + r[::2]) / 2.0)


@pytest.mark.parametrize(("mean", "learns"), [(True, False), (False, True)])
def test_a_network_that_knows_mean_velocities_has_nothing_to_learn_at_intervals(base, make, data, short, mean, learns):
    """The velocity c + k t: over [r, t] its mean is c + k (t + r) / 2. One that gives c + k t everywhere is wrong."""

    def straight(x, t, r, *_, **__):
        at = (t + r) / 2.0 if mean else t
        return Velocity(0.3 + 0.8 * at[:, None, None].expand_as(x), (), ())

    learning = learner(base, make, DistilSettings(guidance=1.0, intervals=0.9))
    learning.network.forward = straight
    many = msgspec.structs.replace(short, feed=msgspec.structs.replace(short.feed, tokens=640))
    losses = learning(*lesson(base, data, many))
    assert (float(losses["interval"]) > 1e-3) == learns
    if not learns:
        assert float(losses["interval"]) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(("share", "stage", "instant"), [(0.0, "guided", True), (0.6, "distilled", False)])
def test_a_checkpoint_says_whether_its_network_knows_velocities_only(tmp_path, base, make, data, share, stage, instant):
    distil(base, tmp_path, data, make, DistilSettings(steps=2, intervals=share), tell=quiet)
    state = load(newest(tmp_path)).state
    assert (state.stage, state.instant) == (stage, instant)


def test_by_command_line_a_run_is_distilled_and_goes_on(tmp_path, data, base, make):
    run, few = tmp_path / "run", tmp_path / "few"
    save(run, base.state, base.tensors)
    for steps in ("2", "3"):
        arguments = [str(run), "--to", str(few), "--steps", steps, "--intervals", "0", "--threads", "1"]
        done = CliRunner().invoke(command, arguments, catch_exceptions=False)
        assert done.exit_code == 0
        assert f"{steps} of {steps} steps" in done.output
    found = load(newest(few))
    assert (found.state.step, found.state.stage, found.state.folder) == (3, "guided", str(data.train.folder))
    before = base.part("average")
    assert any(not torch.equal(value, before[name]) for name, value in found.part("average").items())
