"""A share of what layers add may be missing while a network learns; of what is judged and shipped nothing is."""

import msgspec
import pytest
import torch

from hobnail_trainer.errors import TrainerError
from hobnail_trainer.model.blocks import streams_of
from hobnail_trainer.model.checkpoint import load, newest
from hobnail_trainer.model.loop import train
from hobnail_trainer.model.preset import read_preset
from hobnail_trainer.model.stages import stage_preset
from hobnail_trainer.model.velocity import drop, flow_loss

from .conftest import stirred
from .test_ways import lessons


def weights_after(run, preset, data, make, **more):
    train(run, preset, data, make, tell=lambda _: None, **more)
    return load(newest(run))


def same(first, second):
    return all(torch.equal(value, second.tensors[name]) for name, value in first.tensors.items())


def test_it_drops_in_training_and_only_there(short, data, make):
    network = stirred(make())
    ((blocks, units, drawn),) = lessons(short, data, 1)

    def loss():
        torch.manual_seed(3)
        return float(flow_loss(network, blocks, streams_of(network, blocks), units, drawn)[0].detach())

    whole = loss()
    drop(network, 0.3)
    assert abs(loss() - whole) > 1e-3
    network.eval()
    assert loss() == whole


def test_a_run_that_stopped_goes_on_dropping_the_same(tmp_path, short, data, make):
    preset = msgspec.structs.replace(short, dropout=0.2)
    whole = weights_after(tmp_path / "whole", preset, data, make)
    middle = load(tmp_path / "whole" / "step-00000003.safetensors")
    parts = weights_after(tmp_path / "parts", preset, data, make, past=middle)
    assert whole.state.step == parts.state.step == 6
    assert same(whole, parts)
    assert not same(whole, weights_after(tmp_path / "plain", short, data, make))


def test_stages_that_go_on_from_a_run_drop_nothing(short):
    base = msgspec.structs.replace(short, dropout=0.2)
    assert stage_preset(base, steps=2, rate=1e-3, threads=1, number=1).dropout == 0.0


@pytest.mark.parametrize("share", [-0.1, 1.0])
def test_shares_that_cannot_be_are_refused(tmp_path, share):
    (tmp_path / "it.toml").write_text(f'name = "x"\ndropout = {share}', encoding="utf-8")
    with pytest.raises(TrainerError, match="dropout"):
        read_preset(str(tmp_path / "it.toml"))
