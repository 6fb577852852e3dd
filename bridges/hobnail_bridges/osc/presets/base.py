"""What a preset is, and what presets share. Pure: they translate, they send nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from hobnail_bridges.osc.packets import Argument, OscMessage
from hobnail_bridges.osc.subscriptions import Values


class Preset(Protocol):
    """A DAW's dialect, both ways."""

    @property
    def name(self) -> str:
        """How it is called in the settings."""

    @property
    def address(self) -> tuple[str, int] | None:
        """Where the DAW listens; None: it is not sent to."""

    def probe(self, alive: bool) -> list[bytes]:
        """What is sent every few seconds, to see whether it is there."""

    def greeting(self) -> list[bytes]:
        """What is sent when it is there, or there again."""

    def incoming(self, message: OscMessage) -> list[OscMessage] | None:
        """One of its messages in our words; empty: it means nothing here; None: it is not one of its messages."""

    def outgoing(self, address: str, values: Values) -> list[bytes]:
        """A value of ours that changed, in its words; empty: it has none for it."""


def ours(address: str, *args: Argument) -> list[OscMessage]:
    """One message of ours."""
    return [OscMessage(f"/hobnail/{address}", tuple(args))]


def named(names: Sequence[str], index: int) -> str | None:
    """The name at an index, if there is one."""
    return names[index] if 0 <= index < len(names) else None


def number_at(message: OscMessage, index: int) -> float | None:
    """An argument that is a number, or None."""
    value = message.args[index] if index < len(message.args) else None
    return float(value) if isinstance(value, int | float) else None
