"""A batch on Ray: a local cluster with two workers, and the same jobs as on one machine."""

import sys

import pytest

from hobnail import RenderError
from hobnail.render import write_timeline
from hobnail.render.batch import read_list, run_batch
from hobnail.render.workers import on_cluster

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="Ray is only in beta there"),
    pytest.mark.timeout(400),  # Ray alone takes ten seconds to begin; much longer where the machine is busy
]


@pytest.fixture
def two_workers(monkeypatch):
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setenv("RAY_worker_niceness", "0")  # 15 otherwise: behind every other test of a busy machine
    import ray

    try:
        ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False)
    except Exception as error:  # Ray raises plain ones
        pytest.skip(f"Ray's own processes did not come up here in the time that it gives them: {error}")
    yield
    ray.shutdown()


@pytest.mark.filterwarnings("default")  # Ray's own; none of them is about what is tested here
def test_a_batch_on_two_workers_is_rendered_as_on_one_machine(steps, tmp_path, monkeypatch, two_workers):
    monkeypatch.chdir(tmp_path)
    write_timeline(steps, tmp_path / "a.json")
    rows = "".join(f"a.json,{name}.wav,{seed}\n" for name, seed in (("one", 1), ("two", 2), ("once-more", 1)))
    (tmp_path / "list.csv").write_text(f"input,output,seed\n{rows}none.json,three.wav,1\n")
    told = []
    outcomes = run_batch(
        read_list(tmp_path / "list.csv"), tmp_path / "report.jsonl", how=on_cluster("auto"), told=told.append
    )
    assert [outcome.state for outcome in outcomes] == ["done", "done", "done", "failed"]
    assert "none.json" in outcomes[3].said
    assert len(told) == 4
    sounds = {name: (tmp_path / f"{name}.wav").read_bytes() for name in ("one", "two", "once-more")}
    assert sounds["one"] == sounds["once-more"] != sounds["two"]
    assert not (tmp_path / "three.wav").exists()


@pytest.mark.filterwarnings("default")
def test_where_no_cluster_answers_it_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv(
        "RAY_TMPDIR", str(tmp_path)
    )  # a cluster that was killed here may still be written down elsewhere
    run = on_cluster("auto")
    with pytest.raises(RenderError, match="no Ray cluster answers"):
        run_batch(_one(tmp_path), tmp_path / "report.jsonl", how=run)


def _one(folder):
    (folder / "list.csv").write_text("input,output\na.json,b.wav\n")
    return read_list(folder / "list.csv")
