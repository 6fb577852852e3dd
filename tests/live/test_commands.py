"""The commands as a user types them."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import soundfile

from hobnail.bench.figures import Figure
from hobnail.report import read_report
from hobnail.scene import Contact, EmitterSettings
from hobnail.trace import FORMAT, VERSION, Trace, TraceEmitter, TraceEvent, TraceHeader, write_trace


def hobnail(*arguments, cwd, code=0):
    command = [sys.executable, "-m", "hobnail", *map(str, arguments)]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture(scope="module")
def steps(tmp_path_factory):
    """Three footsteps, 1.5 s."""
    header = TraceHeader(
        format=FORMAT,
        version=VERSION,
        rate_hz=48_000,
        tick_hz=60.0,
        duration_frames=72_000,
        title="Three steps",
        licence="CC0-1.0",
        made_with="a test",
        columns=(),
    )
    boots = TraceEmitter(id="boots", settings=EmitterSettings(prompt="leather boots"))
    contact = Contact(material="gravel", speed_m_s=1.5)
    events = tuple(
        TraceEvent(at=at, emitter="boots", name="footstep", contact=contact) for at in (4_800, 24_000, 43_200)
    )
    path = tmp_path_factory.mktemp("trace") / "steps.trace"
    write_trace(Trace(header=header, emitters=(boots,), items=events), path)
    return path


def test_render_places_events_to_the_sample_and_gives_the_same_bytes_twice(steps, tmp_path):
    for name in ("one.wav", "two.wav"):
        hobnail("render", steps, "-o", name, cwd=tmp_path)
    assert (tmp_path / "one.wav").read_bytes() == (tmp_path / "two.wav").read_bytes()
    sound, rate = soundfile.read(tmp_path / "one.wav")
    assert (rate, len(sound)) == (48_000, 72_000)
    first = np.flatnonzero(np.abs(sound).max(axis=1) > 1e-4)[0]
    assert 4_800 <= first < 4_848
    assert np.abs(sound[:4_800]).max() == 0.0


def test_render_of_a_missing_or_broken_trace_is_a_clear_error(tmp_path):
    assert "cannot be read" in hobnail("render", "nowhere.trace", "-o", "x.wav", cwd=tmp_path, code=1).stderr
    (tmp_path / "broken.trace").write_text('{"is": "header"}\n')
    assert "line 1" in hobnail("render", "broken.trace", "-o", "x.wav", cwd=tmp_path, code=1).stderr
    assert list(tmp_path.glob("x*")) == []


def test_render_into_a_folder_that_is_not_there_names_it(steps, tmp_path):
    said = hobnail("render", steps, "-o", "no/such/folder/x.wav", cwd=tmp_path, code=1).stderr
    assert "no/such/folder" in said.replace("\\", "/")


@pytest.mark.skipif(sys.platform == "win32", reason="a lone child cannot be sent Ctrl-C there")
def test_an_interrupted_render_leaves_no_file(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "hobnail", "render", "courtyard", "-o", "scene.wav"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
    )
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("scene.*.part.wav")) and time.monotonic() < deadline:
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert list(tmp_path.iterdir()) == []


def test_the_demo_leaves_a_recording_a_picture_and_a_report(steps, tmp_path):
    said = hobnail("demo", "--out", "out", "--scene", steps, cwd=tmp_path).stdout
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["report.json", "scene.png", "scene.wav"]
    report = read_report(tmp_path / "out" / "report.json")
    assert (report.counts.sent, report.counts.heard, report.counts.verified) == (3, 3, 3)
    assert report.wire_to_buffer.count == 3
    assert report.engines == {"procedural": 3}
    assert "wire to buffer" in said
    assert soundfile.info(tmp_path / "out" / "scene.wav").frames == 72_000
    assert (tmp_path / "out" / "scene.png").read_bytes().startswith(b"\x89PNG")


def test_the_demo_says_when_its_folder_cannot_be_made(tmp_path):
    (tmp_path / "taken").write_text("a file")
    assert "taken" in hobnail("demo", "--out", "taken/demo", cwd=tmp_path, code=1).stderr


def test_bench_prints_figures_as_json(tmp_path):
    figures = json.loads(hobnail("bench", "footstep", "--json", cwd=tmp_path).stdout)
    assert {figure["unit"] for figure in figures} == {"us", "x real time"}
    assert all(figure["value"] > 0 for figure in figures)


def test_an_unknown_benchmark_is_refused_with_the_list(tmp_path):
    assert "endurance" in hobnail("bench", "everything", cwd=tmp_path, code=2).stderr


@pytest.mark.parametrize(
    ("at_least", "value", "met"), [(False, 2, True), (False, 3, False), (True, 2, True), (True, 1, False)]
)
def test_a_figure_knows_whether_it_was_met(at_least, value, met):
    assert Figure(name="x", value=value, unit="ms", wanted=2, at_least=at_least).met is met


def test_every_command_explains_itself(tmp_path):
    for command in ("demo", "serve", "render", "doctor", "plugins", "bench"):
        assert "Usage" in hobnail(command, "--help", cwd=tmp_path).stdout


def test_an_unknown_command_or_a_wrong_configuration_is_one_clear_line(tmp_path):
    assert "No such command" in hobnail("sing", cwd=tmp_path, code=2).stderr
    (tmp_path / "bad.toml").write_text("[session]\nvoices = 'many'\n")
    said = hobnail("serve", "--config", "bad.toml", cwd=tmp_path, code=1).stderr
    assert "voices" in said
    assert "bad.toml" in said
