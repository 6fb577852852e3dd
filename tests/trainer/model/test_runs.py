"""Runs end when asked to, go on bit for bit, and refuse what they cannot use."""

import os
import shutil
import signal
from functools import partial

import msgspec
import numpy as np
import pytest
import torch
from click.testing import CliRunner

from hobnail.errors import ConfigError
from hobnail_plugins.aht.nn.assemble import assemble
from hobnail_trainer.cli.model import fit, resume
from hobnail_trainer.errors import FeedError, TrainerError
from hobnail_trainer.feed.store import open_feed
from hobnail_trainer.model.checkpoint import load, newest
from hobnail_trainer.model.loop import Data, train
from hobnail_trainer.model.preset import read_preset
from hobnail_trainer.model.stopping import Wish


def same(first, second):
    return first.tensors.keys() == second.tensors.keys() and all(
        torch.equal(value, second.tensors[name]) for name, value in first.tensors.items()
    )


def test_a_run_that_stopped_goes_on_to_the_same_bits(tmp_path, short, data, make):
    train(tmp_path / "whole", short, data, make, tell=lambda _: None)
    train(tmp_path / "parts", short, data, make, tell=lambda _: None)
    middle = load(tmp_path / "parts" / "step-00000003.safetensors")
    for later in (tmp_path / "parts").glob("step-00000006*"):
        later.unlink()
    train(tmp_path / "parts", short, data, make, tell=lambda _: None, past=middle)
    whole, parts = load(newest(tmp_path / "whole")), load(newest(tmp_path / "parts"))
    assert whole.state.step == parts.state.step == 6
    assert whole.state.held_out == parts.state.held_out
    assert same(whole, parts)


def test_accumulated_batches_make_one_step(tmp_path, short, data, make):
    twice = msgspec.structs.replace(short.optimiser, accumulate=2)
    preset = msgspec.structs.replace(short, steps=2, optimiser=twice)
    state = train(tmp_path, preset, data, make, tell=lambda _: None)
    assert state.feed.batches == 4
    assert float(load(newest(tmp_path)).part("count")["leave.weight"]) == 2.0


def test_sigterm_leaves_a_checkpoint_from_which_the_command_line_goes_on(tmp_path, short, data, make):
    long = msgspec.structs.replace(short, steps=100_000, keep_every=100_000, judge_every=100_000)

    def tell(line):
        if line.startswith("step 20 "):
            os.kill(os.getpid(), signal.SIGTERM)

    state = train(tmp_path, long, data, make, tell=tell)
    assert state.step == 20
    assert load(newest(tmp_path)).state.step == 20
    done = CliRunner().invoke(resume, [str(tmp_path), "--steps", "22"])
    assert done.exit_code == 0, done.output
    assert "22 of 22 steps" in done.output
    assert load(newest(tmp_path)).state.step == 22


def test_a_signal_does_again_what_it_did_when_the_run_is_over(tmp_path, short, data, make):
    before = signal.getsignal(signal.SIGTERM)
    train(tmp_path, msgspec.structs.replace(short, steps=1), data, make, tell=lambda _: None)
    assert signal.getsignal(signal.SIGTERM) == before


def test_one_process_that_was_asked_to_end_is_enough():
    class Two:
        num_processes, device = 2, torch.device("cpu")

        def reduce(self, flag, reduction):
            assert reduction == "sum"
            return flag + 1.0  # the other process was asked

    assert Wish().agreed(Two())


def test_numbers_that_are_none_end_the_run_and_name_the_clip(tmp_path, feed, short, make):
    folder = tmp_path / "feed"
    shutil.copytree(feed, folder)
    broken = open_feed(folder, "train").parts["recorded"].index.entries[3]
    path = folder / "train" / "recorded" / "latents.f16"
    rows = np.fromfile(path, "<f2").reshape(-1, 32)
    rows[broken.first : broken.first + broken.hops] = np.nan
    rows.tofile(path)
    data = Data(open_feed(folder, "train"), open_feed(folder, "validation"))
    often = msgspec.structs.replace(short, steps=200, keep_every=1)
    with pytest.raises(TrainerError, match=f"the loss is nan; the clips were {broken.id}") as caught:
        train(tmp_path / "run", often, data, make, tell=lambda _: None)
    assert "The last checkpoint is whole" in str(caught.value)
    if kept := list((tmp_path / "run").glob("step-*")):
        assert all(torch.isfinite(value).all() for value in load(newest(kept[0].parent)).tensors.values())


def test_a_run_that_meets_such_numbers_keeps_the_step_before_them(tmp_path, feed, short, make):
    """The feed is sound for three steps, and then a disk, or a program, spoils all of it."""
    folder, run = tmp_path / "feed", tmp_path / "run"
    shutil.copytree(feed, folder)
    data = Data(open_feed(folder, "train"), open_feed(folder, "validation"))
    sound = msgspec.structs.replace(short, steps=3, keep_every=1)
    train(run, sound, data, make, tell=lambda _: None)
    last = newest(run)
    before = last.read_bytes()
    for path in (folder / "train").glob("*/latents.f16"):
        np.full(path.stat().st_size // 2, np.nan, "<f2").tofile(path)
    spoilt = Data(open_feed(folder, "train"), open_feed(folder, "validation"))
    longer = msgspec.structs.replace(sound, steps=6)
    with pytest.raises(TrainerError, match=r"step 4, batch 4: the loss is nan; the clips were \S+"):
        train(run, longer, spoilt, make, tell=lambda _: None, past=load(last))
    assert newest(run) == last
    assert last.read_bytes() == before
    assert all(torch.isfinite(value).all() for value in load(last).tensors.values())


def test_another_feed_is_refused(tmp_path, short, data, make):
    train(tmp_path, msgspec.structs.replace(short, steps=1), data, make, tell=lambda _: None)
    past = load(newest(tmp_path))
    with pytest.raises(FeedError, match="changed since the run began"):
        train(tmp_path, short, Data(data.held_out, data.held_out), make, tell=lambda _: None, past=past)


def test_another_network_is_refused(tmp_path, short, data, make, host):
    train(tmp_path, msgspec.structs.replace(short, steps=1), data, make, tell=lambda _: None)
    wider = partial(assemble, msgspec.structs.replace(short.network, width=96), host)
    with pytest.raises(TrainerError, match="belongs to another network"):
        train(tmp_path, short, data, wider, tell=lambda _: None, past=load(newest(tmp_path)))


def test_an_empty_split_is_refused(tmp_path, feed):
    shutil.copytree(feed, tmp_path / "feed")
    header = msgspec.json.decode((tmp_path / "feed" / "feed.json").read_bytes())
    header["parts"] = [part for part in header["parts"] if part["split"] == "validation"]
    (tmp_path / "feed" / "feed.json").write_bytes(msgspec.json.encode(header))
    with pytest.raises(FeedError, match="nothing of the train split"):
        open_feed(tmp_path / "feed", "train")


@pytest.mark.parametrize("share", [0.0, 0.01, 0.6, 0.999])
def test_a_truncated_checkpoint_is_refused(tmp_path, short, data, make, share):
    train(tmp_path, msgspec.structs.replace(short, steps=1), data, make, tell=lambda _: None)
    path = newest(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(TrainerError, match="not a whole checkpoint") as caught:
        load(path)
    assert "checkpoint before it" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('name = "x"\nstep = 3', "step"),
        ('name = "x"\n[network]\nwidht = 64', "widht"),
        ('name = "x"\n[optimiser]\nrate = "fast"', "rate"),
        ("name = ", "preset"),
    ],
)
def test_a_preset_with_a_key_that_is_unknown_or_wrong_is_refused(tmp_path, text, named):
    (tmp_path / "it.toml").write_text(text, encoding="utf-8")
    with pytest.raises(TrainerError, match=named):
        read_preset(str(tmp_path / "it.toml"))


def test_sizes_that_do_not_fit_are_refused(tmp_path):
    (tmp_path / "it.toml").write_text('name = "x"\n[network]\nwidth = 65', encoding="utf-8")
    with pytest.raises((TrainerError, ConfigError), match="width is 65"):
        read_preset(str(tmp_path / "it.toml"))


def test_a_preset_that_nobody_knows_is_refused():
    with pytest.raises(TrainerError, match="base, embedded"):
        read_preset("enormous")


def test_by_command_line_a_run_begins_with_another_ones_weights(tmp_path, feed):
    """All in one go: a preset of one's own, a seed, a first run, and a second from where the first ended."""
    (tmp_path / "mine.toml").write_text(
        'name = "mine"\nsteps = 2\nprecision = "fp32"\nthreads = 1\njudge_batches = 1\n'
        "[network]\nwidth = 32\nlayers = 1\nheads = 2\nkey_heads = 1\n[feed]\ntokens = 64\nmost = 8\nhistory = 131\n",
        encoding="utf-8",
    )
    first, second = tmp_path / "first", tmp_path / "second"
    for run, more in ((first, ["--seed", "5"]), (second, ["--from", str(first), "--steps", "1"])):
        done = CliRunner().invoke(fit, [str(tmp_path / "mine.toml"), str(feed), "--to", str(run), *more])
        assert done.exit_code == 0, done.output
    ended, begun = load(newest(first)), load(newest(second))
    assert (ended.state.preset.seed, begun.state.preset.seed, begun.state.step) == (5, 1, 1)
    moved = begun.part("network")["leave.weight"] - ended.part("network")["leave.weight"]
    assert 0.0 < float(moved.abs().max()) < 1e-4  # AdamW's first step, warming up over 200


def test_fit_does_not_write_over_a_run(tmp_path, feed):
    (tmp_path / "step-00000001.safetensors").write_bytes(b"")
    with pytest.raises(TrainerError, match="holds a run already"):
        CliRunner().invoke(fit, ["tiny", str(feed), "--to", str(tmp_path)], catch_exceptions=False)
