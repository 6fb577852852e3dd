"""The doctor names what is wrong and what cures it; a fault, and only a fault, makes it exit with 1."""

import json
import socket
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from hobnail import Host, SinkError, builtins, doctor, hookimpl
from hobnail.cli.doctor import command as doctor_command
from hobnail.cli.plugins import command as plugins_command
from hobnail.findings import Finding
from hobnail.packages import extra_that_brings, pip_line
from hobnail.sinks import NullSink


@pytest.fixture
def host():
    host = Host()
    host.add(builtins, "builtins")
    return host


def one(findings, check):
    (finding,) = [finding for finding in findings if finding.check == check]
    return finding


def test_this_installation_is_healthy(host):
    findings = doctor.examine(host)
    assert [finding for finding in findings if finding.state == "fault"] == []
    assert doctor.healthy(findings)
    assert one(findings, "native module").found == "loads"


@pytest.mark.parametrize(
    ("installed", "state", "words"),
    [
        ({"onnxruntime": "1.20", "onnxruntime-gpu": "1.20"}, "fault", "overwrite each other"),
        ({"onnxruntime": "1.20"}, "ok", "CPU 1.20"),
        ({"onnxruntime-gpu": "1.20"}, "ok", "GPU 1.20"),
        ({}, "note", "not installed"),
    ],
)
def test_two_onnx_runtimes_are_a_fault_and_one_is_none(installed, state, words):
    (finding,) = doctor.onnx_runtimes(lambda name: installed.get(name, ""))
    assert finding.state == state
    assert words in finding.found
    assert state == "ok" or "pip" in finding.cure


def test_a_busy_port_is_named_but_is_no_fault():
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        (finding,) = doctor.ports([port])
    assert (finding.state, finding.found) == ("note", f"{port} in use")
    assert "[bridge.zmq]" in finding.cure
    (finding,) = doctor.ports([port])
    assert finding.state == "ok"


@pytest.mark.parametrize(
    ("cards", "state", "found"),
    [((), "note", "none"), (("USB", "HDMI"), "ok", "USB; HDMI"), (None, "note", "No cards.")],
)
def test_a_machine_without_sound_is_noted_not_faulted(monkeypatch, cards, state, found):
    def output_devices():
        if cards is None:
            raise SinkError("No cards.", cure="Buy one.")
        return cards

    monkeypatch.setattr(doctor, "output_devices", output_devices)
    (finding,) = doctor.sound()
    assert (finding.state, finding.found) == (state, found)


def test_a_plugin_that_was_left_out_is_a_fault_with_its_cure(host):
    @hookimpl
    def hobnail_register_controls(register):
        register("mood", lambda: None)

    host.add(SimpleNamespace(hobnail_register_controls=hobnail_register_controls), "moody")
    host.controls()
    finding = one(doctor.plugins(host), "plug-in moody")
    assert finding.state == "fault"
    assert "--disable moody" in finding.cure


def test_a_check_that_breaks_is_itself_a_finding(host, monkeypatch):
    def versions():
        raise OSError("the disk is gone")

    monkeypatch.setattr(doctor, "versions", versions)
    findings = doctor.examine(host)
    assert one(findings, "versions").found == "OSError: the disk is gone"
    assert one(findings, "native module").state == "ok"


def test_missing_extras_are_notes_with_their_pip_line(monkeypatch):
    monkeypatch.setattr(doctor, "extras_of", lambda _: {"midi": ("no-such-midi",), "dev": ("x",), "io": ("numpy",)})
    findings = doctor.extras()
    assert one(findings, "extra [midi]").cure == 'pip install "hobnail[midi]"'
    assert one(findings, "extra [io]").state == "ok"
    assert len(findings) == 2


def test_the_command_exits_with_one_only_on_a_fault(monkeypatch):
    for state, code in (("note", 0), ("fault", 1)):
        finding = Finding(check="x", state=state, found="extra [cpu]", cure='pip install "hobnail[cpu]"')
        monkeypatch.setattr("hobnail.cli.doctor.examine", lambda host, finding=finding: (finding,))
        run = CliRunner().invoke(doctor_command, [])
        assert run.exit_code == code
        assert "[cpu]" in run.output  # and not taken for markup
        report = json.loads(CliRunner().invoke(doctor_command, ["--json"]).output)
        assert report["healthy"] is (code == 0)
        assert report["findings"][0]["check"] == "x"


def test_plugins_lists_offers_settings_and_failures_for_scripts_and_people(monkeypatch, host):
    @hookimpl
    def hobnail_register_sinks(register):
        register("quiet", NullSink, help="Nothing [at all].")

    host.add(SimpleNamespace(hobnail_register_sinks=hobnail_register_sinks), "mine")
    host.discover([_Ill()])
    monkeypatch.setattr("hobnail.cli.plugins.Host", SimpleNamespace(discovered=lambda **_: host))
    report = json.loads(CliRunner().invoke(plugins_command, ["--json"]).output)
    assert [plugin["name"] for plugin in report["plugins"]] == ["builtins", "mine"]
    wav = next(offer for offer in report["plugins"][0]["offers"] if offer["id"] == "wav")
    assert wav["settings"][0]["name"] == "path"
    assert wav["settings"][0]["help"]
    assert report["failures"][0]["problem"] == "ZeroDivisionError: division by zero"
    shown = CliRunner().invoke(plugins_command, []).output
    for words in ("quiet", "Nothing [at all].", "left out: ill", "--disable ill"):
        assert words in shown


class _Ill:
    name = "ill"
    dist = None

    def load(self):
        return 1 / 0


def test_the_plugins_command_obeys_the_configuration_and_the_options(tmp_path):
    path = tmp_path / "h.toml"
    path.write_text('[plugins]\nonly = []\ndisable = ["builtins"]\n', encoding="utf-8")
    run = CliRunner().invoke(plugins_command, ["--config", str(path), "--json"])
    assert json.loads(run.output) == {"plugins": [], "failures": []}


def test_a_package_is_found_in_the_extra_that_brings_it(monkeypatch):
    lines = ["numpy>=1", "onnxruntime>=1.20; extra == 'cpu'", 'python-rtmidi>=1.5; extra == "midi"']
    monkeypatch.setattr("hobnail.packages.requires", lambda _: lines)
    monkeypatch.setattr("hobnail.packages.find_spec", lambda _: None)  # whatever is installed here
    assert extra_that_brings("hobnail", "onnxruntime") == "cpu"
    assert extra_that_brings("hobnail", "python_rtmidi") == "midi"
    assert extra_that_brings("hobnail", "numpy") == ""
    assert pip_line("hobnail", "onnxruntime.capi") == 'pip install "hobnail[cpu]"'
    assert pip_line("hobnail", "no_such_thing") == "pip install no_such_thing"
