"""Alignment in the loop: it teaches, goes on bit for bit, leaves no trace in the network's own weights, and refuses."""

import json
import shutil

import msgspec
import pytest
import torch
from click.testing import CliRunner

from hobnail_trainer.alignment import AlignmentSpec, ToItself, ToTeacher, ToText
from hobnail_trainer.cli.model import fit, resume
from hobnail_trainer.cli.teacher import command as teacher
from hobnail_trainer.errors import TeacherError
from hobnail_trainer.model.checkpoint import load, newest
from hobnail_trainer.model.distil import DistilSettings, distil
from hobnail_trainer.model.loop import train
from hobnail_trainer.teachers import open_teacher
from hobnail_trainer.teachers.encode import encode

from .test_runs import same

ALL = AlignmentSpec(teacher=ToTeacher(depth=1), itself=ToItself(depth=1, later=2), text=ToText(depth=2, width=16))


def quiet(_line):
    """Say nothing."""


@pytest.fixture(scope="module")
def aligned(short):
    return msgspec.structs.replace(short, alignment=ALL)


@pytest.fixture(scope="module")
def loud(short):
    """Nothing but iREPA, and strong."""
    spec = AlignmentSpec(teacher=ToTeacher(depth=1, weight=5.0))
    return msgspec.structs.replace(short, alignment=spec, steps=40, keep_every=40, judge_every=40)


def figures(run):
    return [json.loads(line) for line in (run / "steps.jsonl").read_text().splitlines()]


def test_a_run_with_every_part_goes_on_to_the_same_bits(tmp_path, aligned, data, make, features):
    train(tmp_path / "whole", aligned, data, make, tell=quiet, features=features)
    train(tmp_path / "parts", aligned, data, make, tell=quiet, features=features)
    middle = load(tmp_path / "parts" / "step-00000003.safetensors")
    (tmp_path / "parts" / "step-00000006.safetensors").unlink()
    train(tmp_path / "parts", aligned, data, make, tell=quiet, past=middle, features=features)
    whole, parts = load(newest(tmp_path / "whole")), load(newest(tmp_path / "parts"))
    assert same(whole, parts)
    names = {name.split(".")[0] for name in whole.part("projector")}
    assert names == {"teacher", "itself", "text"}
    assert all(f"first.projector.{name}" in whole.tensors for name in whole.part("projector"))
    assert {"align_teacher", "align_itself", "align_text"} <= figures(tmp_path / "whole")[-1].keys() | figures(
        tmp_path / "whole"
    )[0].keys()


def test_what_is_judged_and_shipped_has_no_projectors(tmp_path, aligned, short, data, make, features):
    train(tmp_path / "with", aligned, data, make, tell=quiet, features=features)
    train(tmp_path / "without", short, data, make, tell=quiet)
    one, other = load(newest(tmp_path / "with")), load(newest(tmp_path / "without"))
    for part in ("network", "average"):
        assert one.part(part).keys() == other.part(part).keys()
    assert other.part("projector") == {}
    assert not torch.equal(one.part("network")["enter.weight"], other.part("network")["enter.weight"])


def test_hidden_states_come_nearer_to_the_teacher(tmp_path, loud, data, make, features):
    train(tmp_path, loud, data, make, tell=quiet, features=features)
    losses = [line["align_teacher"] for line in figures(tmp_path) if "align_teacher" in line]
    assert losses[-1] < losses[0] - 0.1


def test_a_part_that_has_stopped_is_no_longer_looked_up(tmp_path, short, data, make, features):
    spec = AlignmentSpec(teacher=ToTeacher(depth=1, stop_step=2), itself=ToItself(depth=1, later=2, stop_step=1))
    preset = msgspec.structs.replace(short, alignment=spec, keep_every=1, steps=3)
    train(tmp_path, preset, data, make, tell=quiet, features=features)
    second = load(tmp_path / "step-00000002.safetensors")
    third = load(tmp_path / "step-00000003.safetensors")
    for name, value in third.part("first.projector.teacher").items():
        assert torch.allclose(value, 0.9 * second.part("first.projector.teacher")[name])  # its gradient was zero


def test_distilling_an_aligned_run_aligns_nothing(tmp_path, aligned, data, make, features):
    train(tmp_path / "run", aligned, data, make, tell=quiet, features=features)
    base = load(newest(tmp_path / "run"))
    state = distil(base, tmp_path / "few", data, make, DistilSettings(steps=2), tell=quiet)
    assert state.preset.alignment == AlignmentSpec()
    assert load(newest(tmp_path / "few")).part("projector") == {}


def test_by_command_line_a_run_goes_on_with_the_features_it_began_with(tmp_path, feed, features):
    preset = tmp_path / "mine.toml"
    preset.write_text(
        'name = "mine"\nsteps = 2\nprecision = "fp32"\nthreads = 1\n[network]\nwidth = 64\nlayers = 2\n'
        "heads = 2\nhistory_hops = 16\nvision_hops = 8\n[network.resampler]\nwidth = 32\nheads = 2\ntokens = 1\n"
        "pixel_tokens = 2\nwindow_hops = 4\n[feed]\ntokens = 64\nmost = 8\nhistory = 19\nseen = 8\n"
        "[alignment.teacher]\ndepth = 2\n"
    )
    run = tmp_path / "run"
    done = CliRunner().invoke(fit, [str(preset), str(feed), "--to", str(run), "--features", str(features)])
    assert done.exit_code == 0, done.output
    done = CliRunner().invoke(resume, [str(run), "--steps", "3"])
    assert done.exit_code == 0, done.output
    state = load(newest(run)).state
    assert (state.step, state.features) == (3, str(features.absolute()))


def test_what_does_not_fit_is_refused_before_anything_is_trained(tmp_path, short, data, make, features, aligned):
    def begin(spec, where):
        preset = msgspec.structs.replace(short, alignment=spec)
        train(tmp_path, preset, data, make, tell=quiet, features=where)

    to_teacher = AlignmentSpec(teacher=ToTeacher(depth=1))
    with pytest.raises(TeacherError, match="no features are given"):
        begin(to_teacher, None)
    with pytest.raises(TeacherError, match="the preset has no teacher"):
        begin(AlignmentSpec(), features)
    with pytest.raises(TeacherError, match="has nothing of train"):
        begin(to_teacher, tmp_path / "nowhere")
    with pytest.raises(TeacherError, match=r"teacher: layer 3, expected 1 to 2"):
        begin(AlignmentSpec(teacher=ToTeacher(depth=3)), features)
    with pytest.raises(TeacherError, match=r"itself: layer 9, expected 1 to 2"):
        begin(AlignmentSpec(itself=ToItself(depth=1, later=9)), None)
    assert not list(tmp_path.glob("step-*"))


def test_features_of_another_feed_and_of_another_teacher_are_refused(
    tmp_path, aligned, data, make, features, feed, corpus
):
    other = tmp_path / "features"
    shutil.copytree(features, other)
    index = other / "train" / "recorded" / "features.json"
    changed = json.loads(index.read_bytes()) | {"made_of": "another"}
    index.write_text(json.dumps(changed))
    with pytest.raises(TeacherError, match="has no features of the part train/recorded"):
        train(tmp_path / "run", aligned, data, make, tell=quiet, features=other)
    train(tmp_path / "run", aligned, data, make, tell=quiet, features=features)
    encode(feed, tmp_path / "spectra", open_teacher("spectra"), corpus=corpus, splits=("train",), tell=quiet)
    with pytest.raises(TeacherError, match="features of the teacher"):
        train(
            tmp_path / "run",
            aligned,
            data,
            make,
            tell=quiet,
            past=load(newest(tmp_path / "run")),
            features=tmp_path / "spectra",
        )


def test_arms_begin_with_the_same_network_and_their_table_says_what_they_gave(tmp_path, feed, features):
    arguments = ["arms", str(feed), "--to", str(tmp_path), "--preset", "tiny", "--steps", "2", "--seed", "1"]
    arguments += ["--arm", "none", "--arm", "mine", "--features", f"mine={features}"]
    done = CliRunner().invoke(teacher, arguments)
    assert done.exit_code == 0, done.output
    runs = json.loads((tmp_path / "arms.json").read_bytes())
    assert [run["arm"] for run in runs] == ["none", "mine"]
    assert f"{runs[1]['held_out'][-1][1]:.4f}" in done.output
    again = CliRunner().invoke(teacher, arguments)
    assert again.output.splitlines()[-1] == done.output.splitlines()[-1]
    assert "step 2 of 2" not in again.output
