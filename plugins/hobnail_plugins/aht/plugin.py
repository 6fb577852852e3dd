"""Registers the neural engine."""

from __future__ import annotations

from hobnail.hooks import Later, Register, hookimpl
from hobnail_plugins.aht.settings import AhtConfig

_ENGINE = Later("hobnail_plugins.aht.engine:AhtEngine", on_request=True)


@hookimpl
def hobnail_register_engines(register: Register) -> None:
    """Foley from the adaptive hybrid transformer."""
    register(
        "aht", _ENGINE, help="The adaptive hybrid transformer: a neural model of recorded Foley.", config=AhtConfig
    )
