"""Batches: many renders, each in its own process; what is done is not done again, what fails costs only itself."""

import os
import time

import pytest
from click.testing import CliRunner

from hobnail import RenderError
from hobnail.cli.render import command
from hobnail.render import write_timeline
from hobnail.render.batch import read_list, read_report, run_batch
from hobnail.render.workers import here


def test_a_batch_renders_resumes_and_reports(steps, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_timeline(steps, tmp_path / "a.json")
    (tmp_path / "list.csv").write_text("input,output,seed,stems\na.json,one.wav,1,yes\nnone.json,two.wav,2,\n")
    jobs = read_list(tmp_path / "list.csv")
    one, two = run_batch(jobs, tmp_path / "report.jsonl", how=here(2))
    assert (one.state, two.state) == ("done", "failed")
    assert "none.json" in two.said
    assert sorted(path.name for path in tmp_path.glob("*.wav")) == ["one.boots.wav", "one.crate.wav", "one.wav"]
    before = (tmp_path / "one.wav").stat().st_mtime_ns
    write_timeline(steps, tmp_path / "none.json")
    again = run_batch(jobs, tmp_path / "report.jsonl", how=here(1))
    assert [outcome.state for outcome in again] == ["done", "done"]
    assert (tmp_path / "one.wav").stat().st_mtime_ns == before
    assert len(read_report(tmp_path / "report.jsonl")) == 3
    assert (tmp_path / "one.wav").read_bytes() != (tmp_path / "two.wav").read_bytes()


def test_folders_of_a_list_are_made_and_a_place_that_cannot_be_costs_its_job_alone(steps, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_timeline(steps, tmp_path / "a.json")
    (tmp_path / "list.csv").write_text("input,output\na.json,out/deep/one.wav\na.json,a.json/two.wav\n")
    one, two = run_batch(read_list(tmp_path / "list.csv"), tmp_path / "report.jsonl", how=here(2))
    assert (one.state, two.state) == ("done", "failed")
    assert "two.wav: cannot be created" in " ".join(two.said.split())
    assert (tmp_path / "out/deep/one.wav").stat().st_size > 1_000


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("input,output,stems\na,b,perhaps", "line 2: stems is 'perhaps'"),
        ("input\na", "output is missing"),
        ("input,output,sede\na,b,1", "'sede'"),
        ("input,output\na,\n", "line 2: input or output is empty"),
        ("input,output\na,b.wav\nc,b.wav\n", "line 3: 'b.wav' is the output of line 2"),
    ],
)
def test_a_wrong_list_is_named_with_its_line(tmp_path, text, said):
    (tmp_path / "list.csv").write_text(text)
    with pytest.raises(RenderError, match=said):
        read_list(tmp_path / "list.csv")


def test_what_was_edited_since_is_rendered_again(steps, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_timeline(steps, tmp_path / "a.json")
    (tmp_path / "list.csv").write_text("input,output\na.json,a.wav\n")
    jobs, ran = read_list(tmp_path / "list.csv"), []

    def run(waiting, finished):
        ran.append(len(waiting))
        here(1)(waiting, finished)

    for _ in range(2):
        run_batch(jobs, tmp_path / "report.jsonl", how=run)
    later = time.time() + 5.0
    os.utime(tmp_path / "a.json", (later, later))
    run_batch(jobs, tmp_path / "report.jsonl", how=run)
    assert ran == [1, 1]


def test_a_users_file_that_is_called_as_a_module_is_not_run(steps, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "click.py").write_text("open('ran', 'w').close()")
    write_timeline(steps, tmp_path / "a.json")
    (tmp_path / "list.csv").write_text("input,output\na.json,a.wav\n")
    (done,) = run_batch(read_list(tmp_path / "list.csv"), tmp_path / "report.jsonl", how=here(1))
    assert done.state == "done", done.said
    assert not (tmp_path / "ran").exists()


def test_what_is_said_once_holds_for_all_and_a_row_may_say_otherwise(tmp_path):
    (tmp_path / "list.csv").write_text("input,output,samples,stems\na,1.wav,,\nb,2.wav,float,no\n")
    first, second = read_list(tmp_path / "list.csv", [("--samples", "pcm16"), ("--stems",)])
    assert first.arguments == ("--samples", "pcm16", "--stems")
    assert second.arguments == ("--samples", "float")


def test_options_beside_a_batch_reach_its_renders_or_are_refused(steps, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_timeline(steps, tmp_path / "a.json")
    (tmp_path / "list.csv").write_text("input,output\na.json,a.wav\n")
    done = CliRunner().invoke(command, ["--batch", "list.csv", "--stems", "--no-markers", "--seed", "3"])
    assert done.exit_code == 0, done.output
    (told,) = read_report(tmp_path / "list.report.jsonl")
    assert sorted(told.job.arguments) == ["--no-markers", "--seed", "--stems", "3"]
    assert (tmp_path / "a.boots.wav").exists()
    for asked in (["--events", "x.json"], ["-o", "b.wav"]):
        refused = CliRunner().invoke(command, ["--batch", "list.csv", *asked])
        assert refused.exit_code == 2
        assert "in the list" in refused.output
