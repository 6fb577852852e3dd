"""One TOML file -> typed, frozen configuration.

::

    [session]                      # SessionConfig
    engine = "procedural"
    [serve]                        # ServeConfig
    bridges = ["zmq"]
    [plugins]                      # PluginsConfig
    disable = ["noisy"]
    [engine.procedural]            # a plug-in's own table; the host checks it against the plug-in's config type
    [sink.wav]
    path = "take.flac"

Nothing here reads the environment or the command line; ``hobnail.cli`` does.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from hobnail.errors import ConfigError
from hobnail.registry import TABLES, Kind
from hobnail.settings import refuse_not_finite, settings_from

Table = dict[str, dict[str, Any]]


class SessionConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a session runs. Its rate is always 48 kHz."""

    engine: str = "procedural"  #: id of the engine of emitters that name none
    latency_mode: Literal["asap", "fixed"] = "asap"  #: "asap": each event as soon as it can; "fixed": all equally late
    fixed_latency_ms: Annotated[float, Meta(ge=1, le=500)] = 10.0  #: from arrival to sound when latency_mode is "fixed"
    voices: Annotated[int, Meta(ge=1, le=512)] = 64  #: voices that may sound at once; beyond, one is stolen
    block_frames: Annotated[int, Meta(ge=16, le=1024)] = 64  #: frames that the mixer makes at a time
    lead_frames: Annotated[int, Meta(ge=64, le=3072)] = 1024  #: how far sustained voices are rendered ahead
    emitters: Annotated[int, Meta(ge=1, le=16384)] = 1024  #: emitters that may exist at once, over all clients
    buses: Annotated[tuple[str, ...], Meta(min_length=1, max_length=8)] = ("main", "ambience", "ui")  #: mixing buses
    sink: str = "null"  #: id of the sink that takes the mix
    telemetry: tuple[str, ...] = ()  #: ids of telemetry exporters
    metrics_hz: Annotated[float, Meta(ge=0.1, le=60)] = 4.0  #: metrics snapshots per second

    def __post_init__(self) -> None:
        if "main" not in self.buses or len(set(self.buses)) != len(self.buses):
            raise ValueError("Expected `buses` to name each bus once, `main` among them")
        if self.lead_frames < 2 * self.block_frames:
            raise ValueError("Expected `lead_frames` to be at least twice `block_frames`")


class ServeConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What ``hobnail serve`` opens."""

    bridges: tuple[str, ...] = ("zmq",)  #: ids of the bridges that it opens


class PluginsConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which installed plug-ins are loaded."""

    only: tuple[str, ...] | None = None  #: load these and the built-ins, nothing else
    disable: tuple[str, ...] = ()  #: never load these


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole configuration file. The plug-ins' tables stay raw until the host builds what they configure."""

    session: SessionConfig = SessionConfig()
    serve: ServeConfig = ServeConfig()
    plugins: PluginsConfig = PluginsConfig()
    engine: Table = {}
    component: Table = {}
    encoder: Table = {}
    control: Table = {}
    bridge: Table = {}
    sink: Table = {}
    effect: Table = {}
    telemetry: Table = {}

    def settings(self, kind: Kind, id: str) -> Mapping[str, Any]:
        """The raw table of one plug-in part, for ``Host.build``; empty when the file has none."""
        tables: Table = getattr(self, TABLES[kind])
        return tables.get(id, {})


def parse_config(data: bytes, *, source: str = "configuration") -> Config:
    """Bytes of a TOML file -> configuration; ``source`` names it in messages."""
    try:
        tree = tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{source}: byte {error.start} is not UTF-8.", cure="Save the file as UTF-8 without special encodings."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{source}: not valid TOML: {error}.", cure="Correct that line.") from error
    parts: dict[str, type[msgspec.Struct]] = {"session": SessionConfig, "serve": ServeConfig, "plugins": PluginsConfig}
    typed: dict[str, Any] = dict(tree)
    for name, kind in parts.items():
        if isinstance(tree.get(name), dict):
            typed[name] = settings_from(kind, tree[name], where=f"{source}: [{name}]")
    refuse_not_finite({name: tree[name] for name in tree if name not in parts}, f"{source}:")
    return settings_from(Config, typed, where=f"{source}:")


def load_config(path: Path | None) -> Config:
    """The configuration in ``path``, or all defaults when there is none."""
    if path is None:
        return Config()
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"{path}: the configuration cannot be read: {error.strerror or error}.",
            cure="Name an existing TOML file with --config, or leave the option out for the defaults.",
        ) from error
    return parse_config(data, source=str(path))
