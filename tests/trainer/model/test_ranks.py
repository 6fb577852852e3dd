"""Two processes on this machine: the same weights whether each holds all of them or a part."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
import torch

from hobnail_trainer.model.checkpoint import load, newest
from hobnail_trainer.model.loop import train

SCRIPT = Path(__file__).with_name("in_two_processes.py")


@pytest.fixture(scope="module")
def runs(tmp_path_factory, feed, features):
    """Folder of six runs: ``copied`` (DDP), ``shared`` (FSDP), and ``again``, from the fourth step of that one; and the
    same three with everything that can be aligned."""
    folder = tmp_path_factory.mktemp("ranks")
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run(
        [*launcher, str(SCRIPT), str(feed), str(features), str(folder)],
        capture_output=True,
        text=True,
        timeout=400,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    assert done.stdout.count("step 6: held-out loss") == 3  # the main process alone speaks
    assert done.stdout.count("step 4: held-out loss") == 3
    return folder


@pytest.mark.parametrize("kind", ["", "-aligned"])
def test_weights_that_are_shared_out_learn_what_copied_ones_learn(runs, kind):
    copied, shared = load(newest(runs / f"copied{kind}")), load(newest(runs / f"shared{kind}"))
    assert copied.tensors.keys() == shared.tensors.keys()
    for name, value in copied.tensors.items():
        assert torch.allclose(value, shared.tensors[name], atol=1e-5), name
    assert copied.state.held_out[0][1] == pytest.approx(shared.state.held_out[0][1], abs=1e-4)


@pytest.mark.parametrize("kind", ["", "-aligned"])
def test_a_shared_run_goes_on_to_the_same_bits(runs, kind):
    whole, again = load(newest(runs / f"shared{kind}")), load(newest(runs / f"again{kind}"))
    assert whole.state.held_out == again.state.held_out
    for name, value in whole.tensors.items():
        assert torch.equal(value, again.tensors[name]), name


def test_each_process_draws_batches_of_its_own_and_one_can_go_on_alone(tmp_path, runs, short, data, make):
    preset = msgspec.structs.replace(short, keep_every=4)
    train(tmp_path, preset, data, make, tell=lambda _: None)
    alone, both = load(newest(tmp_path)), load(newest(runs / "copied"))
    assert alone.state.feed == both.state.feed
    assert not torch.equal(alone.part("network")["leave.weight"], both.part("network")["leave.weight"])
    past = load(runs / "shared" / "step-00000004.safetensors")
    assert train(tmp_path, preset, data, make, tell=lambda _: None, past=past).step == 6
