"""Samples are short, say what you will hear, and run; a stranger's plug-in is installed and loaded like our own."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

REPO = Path(__file__).resolve().parent.parent
PYTHON = sorted((REPO / "samples").glob("p[ye]*/*.py"))  # python and pedalboard
THUMP = "samples/third_party_plugin"


def run(*arguments, cwd, path=(), timeout=100):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([*map(str, path), os.environ.get("PYTHONPATH", "")])}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def test_there_are_samples():
    assert PYTHON


@pytest.mark.parametrize("sample", PYTHON, ids=lambda sample: sample.name)
def test_a_sample_is_short_and_starts_with_what_you_will_hear(sample):
    text = sample.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 60
    assert "hear" in (ast.get_docstring(ast.parse(text)) or "").lower()


@pytest.mark.parametrize("sample", PYTHON, ids=lambda sample: sample.name)
def test_a_sample_runs(sample, tmp_path):
    done = run("-W", "error", str(sample), cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_strangers_plugin_is_found_through_its_entry_point(plugin_directory, tmp_path):
    done = run("-m", "hobnail", "plugins", "--json", cwd=tmp_path, path=[plugin_directory(THUMP)])
    assert done.returncode == 0, done.stderr
    (thump,) = [plugin for plugin in json.loads(done.stdout)["plugins"] if plugin["name"] == "thump"]
    assert (thump["distribution"], thump["version"]) == ("hobnail-thump", "1.0.0")
    (offer,) = thump["offers"]
    assert (offer["kind"], offer["id"]) == ("engine", "thump")
    assert offer["settings"][0]["help"]


RENDER = """
from hobnail import Contact, Host, OfflineSession, parse_config
from hobnail.commands import PutEmitter, TriggerEvent
from hobnail.sinks import WavConfig, WavSink

config = parse_config(b'[session]\\nengine = "thump"\\n[engine.thump]\\npitch_hz = 80')
session = OfflineSession(config, host=Host.discovered())
sink = WavSink(WavConfig(path="thump.wav", samples="float"))
sink.open(48_000, 2)
commands = [
    PutEmitter(emitter="crate"),
    TriggerEvent(emitter="crate", name="thump", contact=Contact(material="wood"), at_frame=4_800),
]
for block in session.render(commands, frames=48_000):
    sink.write(block)
sink.close()
"""


def test_a_strangers_engine_sounds_where_its_event_was_put(plugin_directory, tmp_path):
    done = run("-c", RENDER, cwd=tmp_path, path=[plugin_directory(THUMP)])
    assert done.returncode == 0, done.stderr
    sound, rate = soundfile.read(tmp_path / "thump.wav")
    assert (len(sound), rate) == (48_000, 48_000)
    level = np.abs(sound).max(axis=1)
    assert not level[:4_800].any()
    assert level[4_800:5_300].max() > 0.05
    spectrum = np.abs(np.fft.rfft(sound[12_000:24_000, 0]))  # when its pitch has fallen
    assert 70 <= np.argmax(spectrum) * 48_000 / 12_000 <= 100  # near the configured 80 Hz


def test_a_strangers_wrong_setting_is_named(plugin_directory, tmp_path):
    code = RENDER.replace("pitch_hz = 80", "pitch_hz = 8000")
    done = run("-c", code, cwd=tmp_path, path=[plugin_directory(THUMP)])
    assert "[engine.thump] pitch_hz: expected `float` <= 400" in done.stderr


def test_a_strangers_plugin_keeps_its_contract_by_its_own_test(plugin_directory, tmp_path):
    done = run(
        "-m", "pytest", "-q", "-p", "no:cacheprovider", str(REPO / THUMP / "tests"), "--rootdir", str(tmp_path),
        cwd=tmp_path, path=[plugin_directory(THUMP)],
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_broken_strangers_plugin_breaks_nothing_else(plugin_directory, tmp_path):
    (tmp_path / "ill.py").write_text("raise RuntimeError('sulking')", encoding="utf-8")
    info = tmp_path / "ill-0.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: ill\nVersion: 0.1\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[hobnail]\nill = ill\n", encoding="utf-8")
    path = [plugin_directory(THUMP), tmp_path]
    report = json.loads(run("-m", "hobnail", "plugins", "--json", cwd=tmp_path, path=path).stdout)
    assert "thump" in [plugin["name"] for plugin in report["plugins"]]
    (failure,) = report["failures"]
    assert failure["problem"] == "RuntimeError: sulking"
    assert "pip uninstall ill" in failure["cure"]
    assert run("-c", RENDER, cwd=tmp_path, path=path).returncode == 0
