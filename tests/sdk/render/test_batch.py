"""Batches: many renders, each in its own process; what is done is not done again, what fails costs only itself."""

import pytest

from hobnail import RenderError
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
