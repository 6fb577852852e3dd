"""One TOML file becomes typed values, or an error that says where and what."""

import contextlib
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hobnail import Config, ConfigError, SessionConfig, load_config, parse_config
from hobnail.settings import checked, describe, settings_from

WHOLE = b"""
[session]
engine = "thump"
latency_mode = "fixed"
fixed_latency_ms = 12
buses = ["main", "cave"]
[serve]
bridges = []
[plugins]
only = ["thump"]
disable = ["zmq"]
[engine.thump]
pitch_hz = 45.0
[sink.wav]
path = "take.flac"
"""


def test_a_whole_file_is_read():
    config = parse_config(WHOLE)
    assert config.session.engine == "thump"
    assert config.session.fixed_latency_ms == 12.0
    assert config.session.buses == ("main", "cave")
    assert config.serve.bridges == ()
    assert config.plugins.only == ("thump",)
    assert config.settings("engines", "thump") == {"pitch_hz": 45.0}
    assert config.settings("sinks", "wav") == {"path": "take.flac"}
    assert config.settings("sinks", "null") == {}


def test_an_empty_file_and_no_file_give_the_defaults():
    assert parse_config(b"") == load_config(None) == Config()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"[session]\ncolour = 3", r"h.toml: \[session\] colour: unknown key"),
        (b"[session]\nvoice = 3", r"Did you mean 'voices'"),
        (b"[session]\nvoices = 513", r"\[session\] voices: expected `int` <= 512. Found 513"),
        (b"[session]\nvoices = 0", r"\[session\] voices: expected `int` >= 1. Found 0"),
        (b"[session]\nvoices = 'many'", r"\[session\] voices: expected `int`, got `str`. Found 'many'"),
        (b"[session]\nvoices = true", r"\[session\] voices: expected `int`, got `bool`"),
        (b"[session]\nfixed_latency_ms = nan", r"\[session\] fixed_latency_ms: found nan, expected a finite"),
        (b"[session]\nmetrics_hz = inf", r"\[session\] metrics_hz: found inf"),
        (b"[session]\nlatency_mode = 'later'", r"\[session\] latency_mode: invalid enum value 'later'"),
        (b"[session]\nbuses = ['cave']", r"\[session\]: expected `buses` to name each bus once, `main` among"),
        (b"[session]\nbuses = ['main', 'main']", r"\[session\]: expected `buses` to name each bus once"),
        (b"[session]\nbuses = ['main', 3]", r"\[session\] buses\[1\]: expected `str`, got `int`. Found 3"),
        (b"[session]\nlead_frames = 64", r"\[session\]: expected `lead_frames` to be at least twice"),
        (b"session = 3", r"h.toml: session: expected a table, got `int`. Found 3"),
        (b"[engin.procedural]", r"h.toml: engin: unknown key. Did you mean 'engine'"),
        (b"[engine.x]\ndeep = [1.0, nan]", r"h.toml: engine.x.deep\[1\]: found nan"),
        (b"[session]\n\nvoices = = 3", r"h.toml: not valid TOML: .*line 3"),
        (b"[session]\nengine = '\xff'", r"h.toml: byte 20 is not UTF-8"),
    ],
)
def test_a_wrong_file_names_the_place_and_what_was_found(data, message):
    with pytest.raises(ConfigError, match=message):
        parse_config(data, source="h.toml")


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"gone.toml: the configuration cannot be read.*--config"):
        load_config(tmp_path / "gone.toml")


def test_a_directory_is_no_file(tmp_path: Path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path)


def test_a_file_is_read_from_its_path(tmp_path):
    path = tmp_path / "h.toml"
    path.write_bytes(WHOLE)
    assert load_config(path) == parse_config(WHOLE)


@given(st.binary(max_size=200))
def test_any_bytes_give_a_configuration_or_a_config_error(data):
    with contextlib.suppress(ConfigError):
        assert isinstance(parse_config(data), Config)


@given(st.text(alphabet='[]=."\n abcsession123{}', max_size=80))
def test_any_text_that_looks_like_toml_gives_a_configuration_or_a_config_error(text):
    with contextlib.suppress(ConfigError):
        assert isinstance(parse_config(text.encode()), Config)


def test_values_made_by_hand_are_held_to_the_same_limits():
    assert checked(SessionConfig(voices=8), where="[session]").voices == 8
    with pytest.raises(ConfigError, match=r"\[session\] voices: expected `int` <= 512"):
        checked(SessionConfig(voices=9999), where="[session]")


def test_every_setting_of_ours_has_its_line_of_help():
    from hobnail import Host
    from hobnail.config import PluginsConfig, ServeConfig

    configs = [SessionConfig, ServeConfig, PluginsConfig]
    host = Host.discovered(only=())
    configs += [o.config for kind in ("sinks", "effects", "telemetry") for o in host.offers(kind) if o.config]
    lacking = [f"{config.__name__}.{f.name}" for config in configs for f in describe(config) if not f.help]
    assert lacking == []


class Sample(msgspec.Struct):
    plain: int  #: a number
    level: Annotated[float, msgspec.Meta(ge=0, le=1, description="how much")] = 0.5
    mode: Literal["a", "b"] = "a"
    rest: dict[str, int] = {}


def test_a_setting_is_described_as_people_read_it():
    plain, level, mode, rest = describe(Sample)
    assert (plain.type, plain.default, plain.help) == ("int", "", "a number")
    assert (level.type, level.default, level.help) == ("float, 0 to 1", "0.5", "how much")
    assert (mode.type, mode.help) == ("'a' or 'b'", "")
    assert rest.default == "{}"


def test_unknown_keys_are_refused_even_when_the_author_forgot_to():
    with pytest.raises(ConfigError, match="colour: unknown key"):
        settings_from(Sample, {"plain": 1, "colour": 2}, where="[engine.sample]")
