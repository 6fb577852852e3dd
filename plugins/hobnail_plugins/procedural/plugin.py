"""Registers the procedural engine."""

from __future__ import annotations

from hobnail.hooks import Register, hookimpl
from hobnail_plugins.procedural.engine import ProceduralEngine
from hobnail_plugins.procedural.spec import ProceduralConfig


@hookimpl
def hobnail_register_engines(register: Register) -> None:
    """Foley from physical rules."""
    register(
        "procedural",
        ProceduralEngine,
        help="Foley from physical rules and a native synthesiser; no model, no samples.",
        config=ProceduralConfig,
    )
