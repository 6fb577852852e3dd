"""How loud what the network makes is, event by event, so that it stands beside the procedural engine at one level."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LEVEL_DB: Final[Mapping[str, float]] = {}
"""What an event of middling force is turned up by; missing: 0."""


def level_db(event: str) -> float:
    """For an event by its name."""
    return LEVEL_DB.get(event, 0.0)
