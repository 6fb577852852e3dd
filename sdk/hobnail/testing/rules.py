"""How a broken rule is said."""

from __future__ import annotations

import numpy as np

from hobnail.errors import PluginError


class ConformanceError(PluginError):
    """A part broke a rule of its contract; ``rule`` is its short name, the cure says how to keep it."""

    def __init__(self, part: str, rule: str, problem: str, *, cure: str) -> None:
        super().__init__(f"rule '{rule}': {problem}", plugin=part, cure=cure)
        self.rule = rule


class Rules:
    """The rules of one part under test."""

    def __init__(self, part: str) -> None:
        self._part = part

    def require(self, kept: bool, rule: str, problem: str, *, cure: str) -> None:
        """Raise ConformanceError unless ``kept``."""
        if not kept:
            raise ConformanceError(self._part, rule, problem, cure=cure)

    def sound(self, samples: object, shape: tuple[int, ...], *, where: str) -> None:
        """``samples`` is a finite float32 array of this shape, and no louder than 18 dB over full scale."""
        self.require(
            isinstance(samples, np.ndarray) and samples.dtype == np.float32,
            "float32",
            f"{where} is {getattr(samples, 'dtype', type(samples).__name__)}, expected a float32 array.",
            cure="End with .astype(np.float32).",
        )
        assert isinstance(samples, np.ndarray)
        self.require(
            samples.shape == shape,
            "promised frames",
            f"{where} has shape {samples.shape}, expected {shape}.",
            cure="Return exactly as many frames as you say or are given.",
        )
        self.require(
            bool(np.isfinite(samples).all()),
            "finite",
            f"{where} holds NaN or infinity.",
            cure="Look for a division by zero, a logarithm of zero, or an unstable filter.",
        )
        peak = float(np.abs(samples).max(initial=0.0))
        self.require(peak <= 8.0, "level", f"{where} peaks at {peak:.1f}, expected at most 8.", cure="Turn it down.")
