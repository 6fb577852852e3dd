"""What the host builds has right settings and keeps its contract, or is refused with its place and the cure."""

import sys
from types import SimpleNamespace

import msgspec
import pytest

from hobnail import ConfigError, Host, PluginError, builtins, hookimpl
from hobnail.contracts import ControlSpec
from hobnail.sinks import NullSink
from hobnail.testing import FakeEngine


def engine_plugin(build, id="fake", config=None):
    @hookimpl
    def hobnail_register_engines(register):
        register(id, build, help="A fake.", config=config)

    return SimpleNamespace(hobnail_register_engines=hobnail_register_engines)


def host_with(*plugins):
    host = Host()
    host.add(builtins, "builtins")
    for index, plugin in enumerate(plugins):
        host.add(plugin, f"plugin{index}")
    return host


def test_an_unknown_id_lists_what_there_is():
    with pytest.raises(PluginError, match=r"Did you mean 'null'\?.*device"):
        host_with().build("sinks", "nul")


class Tone(msgspec.Struct, frozen=True):
    pitch_hz: float = 440.0
    times: int = 1


def fake_from(settings):
    assert isinstance(settings, Tone)
    return FakeEngine()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"colour": "red"}, r"\[engine.fake\] colour: unknown key"),
        ({"pitch_hz": "high"}, r"\[engine.fake\] pitch_hz: expected `float`, got `str`"),
        ({"pitch_hz": float("nan")}, r"\[engine.fake\] pitch_hz: found nan"),
        ({"times": 1.5}, r"\[engine.fake\] times: expected `int`"),
    ],
)
def test_wrong_settings_name_their_place(settings, message):
    host = host_with(engine_plugin(fake_from, config=Tone))
    with pytest.raises(ConfigError, match=message):
        host.build("engines", "fake", settings)


def test_right_settings_reach_the_plugin_typed():
    host = host_with(engine_plugin(fake_from, config=Tone))
    assert host.build("engines", "fake", {"pitch_hz": 100}).spec.id == "fake"


def test_settings_for_a_part_that_takes_none_are_refused():
    with pytest.raises(ConfigError, match=r"\[sink.null\]: this sink takes no settings"):
        host_with().build("sinks", "null", {"loud": True})


@pytest.mark.parametrize(
    ("build", "problem"),
    [
        (NullSink, "lacks prepare, spec, start, step"),
        (lambda: FakeEngine("other"), "spec.id is 'other', expected 'fake'"),
        (lambda: None, "NoneType"),
        (lambda: 1 / 0, "ZeroDivisionError"),
        (lambda: sys.exit(2), "SystemExit"),
    ],
)
def test_what_breaks_its_contract_is_not_built(build, problem):
    host = host_with(engine_plugin(build))
    with pytest.raises(PluginError, match=problem):
        host.build("engines", "fake")


def test_an_engine_that_follows_an_unknown_control_is_refused():
    host = Host()
    host.add(engine_plugin(FakeEngine), "lonely")
    with pytest.raises(PluginError, match="follows control 'intensity', which nobody offers"):
        host.build("engines", "fake")


def test_a_strangers_missing_package_names_the_pip_install():
    def build():
        import no_such_package_at_all  # noqa: F401

    host = host_with(engine_plugin(build))
    with pytest.raises(
        PluginError, match=r"needs the package 'no_such_package_at_all'.*pip install no_such_package_at"
    ):
        host.build("engines", "fake")


def test_a_broken_control_is_left_out_and_reported_once():
    @hookimpl
    def hobnail_register_controls(register):
        register("mood", lambda: ControlSpec(id="mood", unit="", minimum=1.0, maximum=0.0, default=0.0))

    host = host_with(SimpleNamespace(hobnail_register_controls=hobnail_register_controls))
    assert [spec.id for spec in host.controls()] == ["pitch", "intensity", "texture"]
    host.controls()
    (failure,) = host.failures
    assert "minimum 1.0" in failure.problem
