"""Registers the neural engine."""

from __future__ import annotations

from hobnail.hooks import Register, hookimpl
from hobnail_plugins.aht.engine import AhtEngine
from hobnail_plugins.aht.settings import AhtConfig


@hookimpl
def hobnail_register_engines(register: Register) -> None:
    """Foley from the adaptive hybrid transformer."""
    register(
        "aht", AhtEngine, help="The adaptive hybrid transformer: a neural model of recorded Foley.", config=AhtConfig
    )
