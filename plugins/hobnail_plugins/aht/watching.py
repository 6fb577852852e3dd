"""A film before the voices: what they see of it, how far ahead, and a note of what they made of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hobnail.audio import HOP_FRAMES, RATE_HZ
from hobnail.contracts import Float32
from hobnail_plugins.aht.remembering import Ahead
from hobnail_plugins.vision.film import FilmSight


class Watching:
    """A film that is being shown. [engine]"""

    def __init__(self, film: FilmSight, lead_hops: int) -> None:
        self.film = film
        self.lead_hops = lead_hops  #: beyond what is being made; never more than the block itself
        self._notes: list[tuple[float, ...]] = []

    @staticmethod
    def of(pictures: NDArray[np.uint8], at_frames: NDArray[np.int64], *, lead_ms: float) -> Watching:
        """[control] ``lead_ms`` 0..80: vision was trained to look as far ahead. Raises EngineError."""
        return Watching(FilmSight(pictures, at_frames), round(lead_ms / 1000.0 * RATE_HZ / HOP_FRAMES))

    def ahead(self, hops: int) -> Ahead:
        """What is seen while a block of so many hops is made: nothing was trained to look beyond the block's end."""
        return Ahead(self.film, min(hops, self.lead_hops))

    def note(self, at: NDArray[np.int64], made: Sequence[int], hops: int, weights: Float32) -> None:
        """A block of voices that began at ``at`` (-1: unknown) and had made ``made``, with ``weights`` [voices, 3]."""
        self._notes += [
            (begun + HOP_FRAMES * before, HOP_FRAMES * hops, *each)
            for begun, before, each in zip(at.tolist(), made, weights.tolist(), strict=True)
            if begun >= 0
        ]

    def notes(self) -> NDArray[np.float64]:
        """[control] float64 [blocks, 5]: first frame, frames, weights of text, vision, history."""
        return np.array(self._notes, np.float64).reshape(-1, 5)
