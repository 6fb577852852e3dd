"""``hobnail midi`` as people type it, on a machine with or without MIDI."""

import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from hobnail_bridges.midi import ports
from hobnail_bridges.midi.cli import command
from hobnail_bridges.midi.map_file import map_at


def hobnail(*arguments, cwd, code=0):
    environment = {**os.environ, "JACK_NO_START_SERVER": "1", "JACK_DEFAULT_SERVER": "nobody"}
    done = subprocess.run(
        [sys.executable, "-m", "hobnail", *arguments], cwd=cwd, env=environment, capture_output=True, text=True,
        timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def test_the_command_comes_by_its_entry_point_and_help_names_it(tmp_path):
    assert "midi" in hobnail("--help", cwd=tmp_path).stdout
    assert "learn" in hobnail("midi", "--help", cwd=tmp_path).stdout


def test_a_machine_without_a_driver_is_told_so_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(ports, "backends", lambda: ["LINUX_ALSA", "UNIX_JACK"])
    broken = [ports.Driver("LINUX_ALSA", problem="no sequencer."), ports.Driver("UNIX_JACK", problem="no server.")]
    monkeypatch.setattr(ports.SystemInputs, "drivers", lambda _: broken)
    for arguments in (["list"], ["learn", "pitch"], ["watch", "--seconds", "1"]):
        run = CliRunner().invoke(command, arguments)
        assert "no MIDI driver that works" in str(run.exception)
        assert "no sequencer" in str(run.exception)


@pytest.mark.skipif(os.path.exists("/dev/snd/seq"), reason="this machine has an ALSA sequencer")
@pytest.mark.skipif(sys.platform != "linux", reason="ALSA is Linux's")
def test_what_the_driver_throws_is_one_clear_message(tmp_path):
    (tmp_path / "c.toml").write_text('[serve]\nbridges = ["midi"]\n[bridge.midi]\nbackend = "LINUX_ALSA"\n')
    said = hobnail("serve", "--config", "c.toml", "--sink", "null", cwd=tmp_path, code=1).stderr
    assert "no MIDI driver that works" in said
    assert "LINUX_ALSA" in said
    listed = hobnail("midi", "list", cwd=tmp_path, code=1)
    assert "LINUX_ALSA" in listed.stdout


def test_a_map_is_set_shown_edited_and_deleted(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def midi(*arguments):
        return CliRunner().invoke(command, ["map", *arguments])

    assert midi("set", "cc 7 channel 1 -> intensity of feet 0.2..0.9 pickup").exit_code == 0
    assert midi("set", "bend -> texture").exit_code == 0
    shown = midi().output
    assert "  1  cc 7 channel 1 -> intensity of feet 0.2..0.9 pickup" in shown
    assert "bend -> pitch" not in shown  # the default on the same source gave way
    assert "  -  cc 1 -> texture" in shown
    assert midi("edit", "2", "bend -> pitch 1..0").exit_code == 0
    assert midi("delete", "1").exit_code == 0
    (left,) = map_at(tmp_path / "hobnail-midi.toml").control
    assert (left.source, left.control, left.low, left.high) == ("bend", "pitch", 1.0, 0.0)
    assert "has no binding 5" in str(midi("delete", "5").exception)
    assert "sustain pedal" in str(midi("set", "cc 64 -> pitch").exception)
