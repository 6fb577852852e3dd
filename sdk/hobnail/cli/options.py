"""Options that several commands share, and how they are laid over the configuration file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from hobnail.config import Config, load_config
from hobnail.host import Host

Command = TypeVar("Command", bound=Callable[..., Any])

_CONFIG = click.option(
    "--config", "config_path", type=click.Path(path_type=Path), help="TOML file; see docs/getting-started.md."
)
_ONLY = click.option("--only", multiple=True, metavar="NAME", help="Load this plug-in and the built-ins, no other.")
_DISABLE = click.option("--disable", multiple=True, metavar="NAME", help="Never load this plug-in.")
_ENGINE = click.option("--engine", help="Engine of emitters that name none.")


def session_options(command: Command) -> Command:
    """--config, --engine, --only, --disable."""
    for option in (_DISABLE, _ONLY, _ENGINE, _CONFIG):
        command = option(command)
    return command


def configuration(
    config_path: Path | None, engine: str | None, only: tuple[str, ...], disable: tuple[str, ...]
) -> tuple[Config, Host]:
    """The configuration with the options laid over it, and a host with the plug-ins that it allows."""
    config = load_config(config_path)
    if engine is not None:
        config = replaced(config, session=replaced(config.session, engine=engine))
    plugins = config.plugins
    config = replaced(
        config,
        plugins=replaced(plugins, only=(only or plugins.only), disable=(*plugins.disable, *disable)),
    )
    host = Host(only=config.plugins.only, disable=config.plugins.disable)
    host.discover()
    host.check(config)
    return config, host


def with_table(config: Config, kind: str, id: str, **settings: object) -> Config:
    """The configuration with some settings of one plug-in's table replaced; None leaves a setting alone."""
    given = {key: value for key, value in settings.items() if value is not None}
    tables: dict[str, dict[str, Any]] = getattr(config, kind)
    return replaced(config, **{kind: {**tables, id: {**tables.get(id, {}), **given}}})


Struct = TypeVar("Struct", bound=msgspec.Struct)


def replaced(struct: Struct, **changes: object) -> Struct:
    """A copy with some fields changed; the struct's own checks run again."""
    return msgspec.convert({**msgspec.structs.asdict(struct), **changes}, type(struct))
