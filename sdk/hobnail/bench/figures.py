"""What a benchmark prints: a figure, what is wanted of it, and whether it was met."""

from __future__ import annotations

import msgspec


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One measured number."""

    name: str
    value: float
    unit: str
    wanted: float | None = None  #: the floor or ceiling; None: only for information
    at_least: bool = False  #: ``wanted`` is a floor; otherwise a ceiling
    detail: str = ""

    @property
    def met(self) -> bool:
        """Whether the figure is on the right side of what is wanted."""
        if self.wanted is None:
            return True
        return self.value >= self.wanted if self.at_least else self.value <= self.wanted
