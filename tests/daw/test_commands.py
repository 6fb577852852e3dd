"""``hobnail plugin``: what is missing is named with its cure; what was built is installed and tried."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from hobnail.cli import cli
from hobnail.dawplugin.build import places_in
from hobnail.dawplugin.check import check
from hobnail.dawplugin.framework import write_main
from hobnail.dawplugin.install import install, user_places
from hobnail.dawplugin.tools import find_tools
from hobnail.errors import BuildError


def test_a_missing_framework_is_named_with_the_package_that_brings_it(tmp_path):
    with pytest.raises(BuildError, match=r"apt install .*dpf-source"):
        find_tools(dpf=tmp_path)


def test_a_missing_compiler_is_named_with_the_package_that_brings_it():
    with pytest.raises(BuildError, match=r"a C\+\+ compiler.*apt install g\+\+"):
        find_tools(compilers=("no-such-compiler",))


def test_missing_headers_are_named_with_the_packages_that_bring_them(tmp_path):
    compiler = tmp_path / "compiler"
    compiler.write_text("#!/bin/sh\necho 'x.cpp:1:10: fatal error: zmq.hpp: No such file or directory' >&2\nexit 1\n")
    compiler.chmod(0o755)
    with pytest.raises(BuildError, match=r"zmq\.hpp.*apt install .*libzmq3-dev cppzmq-dev libmsgpack-cxx-dev"):
        find_tools(compilers=(str(compiler),))


def test_another_version_of_the_framework_is_refused_before_it_is_compiled(tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src/DistrhoPluginVST3.cpp").write_text("nothing that is known\n")
    with pytest.raises(BuildError, match=r"expected .* once, found it 0 times"):
        write_main(tmp_path, "VST3", tmp_path)


def test_nothing_is_installed_of_what_was_not_built(tmp_path):
    result = CliRunner().invoke(cli, ["plugin", "install", "--from", str(tmp_path), "--home", str(tmp_path)])
    assert isinstance(result.exception, BuildError)
    assert "hobnail plugin build" in str(result.exception)


def test_it_is_installed_where_hosts_look_and_replaces_what_was_there(plugin, tmp_path):
    places = user_places(tmp_path)
    assert [path.relative_to(tmp_path).as_posix() for path in places.all()] == [
        ".vst3/Hobnail.vst3",
        ".lv2/Hobnail.lv2",
        ".clap/Hobnail.clap",
    ]
    places.lv2.mkdir(parents=True)
    (places.lv2 / "old.ttl").touch()
    install(plugin, tmp_path)
    assert not (places.lv2 / "old.ttl").exists()
    assert (places.lv2 / "Hobnail_dsp.so").read_bytes() == (plugin.lv2 / "Hobnail_dsp.so").read_bytes()
    assert places.clap.stat().st_size == plugin.clap.stat().st_size


def test_lv2_names_the_port_that_tells_of_offline_renders(plugin):
    text = (plugin.lv2 / "Hobnail_dsp.ttl").read_text(encoding="utf-8")
    assert 'lv2:symbol "freewheel" ;\n        lv2:designation lv2:freeWheeling ;' in text
    assert "Leather boots on gravel" in (plugin.lv2 / "manifest.ttl").read_text(encoding="utf-8")


def test_lv2_presets_say_words_and_parameters_and_leave_the_server_alone(plugin):
    text = (plugin.lv2 / "presets.ttl").read_text(encoding="utf-8")
    states = re.findall(r"state:state \[\n(.*?)\n    \] ;", text, re.DOTALL)
    assert len(states) == 9
    assert states[1].split(maxsplit=1) == ["<urn:distrho:prompt1>", '"""leather boots""" ;']
    assert all(state.count("<") == 1 for state in states)


def test_the_check_renders_a_note_in_a_real_host(plugin, server):
    trial = check(plugin, server.control)
    assert trial.onset_frames in range(200)
    assert trial.peak > 0.05
    assert {"pitch_semitones", "surface", "render"} <= set(trial.parameters)


def test_the_check_says_what_is_not_there():
    with pytest.raises(BuildError, match="hobnail plugin install"):
        check(places_in(Path("no/such/folder")))


def test_the_check_does_not_take_the_alarm_for_a_note(plugin):
    with pytest.raises(BuildError, match=r"no bounce from tcp://127\.0\.0\.1:9"):
        check(plugin, "tcp://127.0.0.1:9")
