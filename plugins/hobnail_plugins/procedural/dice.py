"""Chance within one take: every value follows from the voice's seed."""

from __future__ import annotations

from math import exp
from random import Random
from typing import Final

_NEPERS_PER_DB: Final = 0.11512925464970229


class Dice:
    """Draws around a middle; ``variation`` scales how far."""

    __slots__ = ("_draw", "_variation")

    def __init__(self, seed: int, variation: float = 1.0) -> None:
        self._draw = Random(seed).random
        self._variation = variation

    def around(self, middle: float, share: float) -> float:
        """``middle`` moved by up to ``share`` of itself either way."""
        return middle * (1.0 + share * self._variation * (2.0 * self._draw() - 1.0))

    def db(self, spread: float) -> float:
        """A gain of up to ``spread`` dB either way."""
        return exp(_NEPERS_PER_DB * spread * self._variation * (2.0 * self._draw() - 1.0))

    def between(self, low: float, high: float) -> float:
        """Uniform; not scaled, for choices that must be somewhere."""
        return low + (high - low) * self._draw()

    def chance(self, share: float) -> bool:
        """True in ``share`` of the takes."""
        return self._draw() < share
