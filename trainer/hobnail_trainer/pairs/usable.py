"""Which sounds can be changed at all."""

from __future__ import annotations

from typing import Final

import numpy as np

from hobnail.audio import RATE_HZ
from hobnail_trainer.corpus.sound import Samples
from hobnail_trainer.errors import CorpusError

SHORTEST_FRAMES: Final = RATE_HZ // 50  #: 20 ms
QUIETEST: Final = 1e-4  #: -80 dBFS


class UnsuitedError(CorpusError):
    """A sound cannot be changed along an axis."""

    def __init__(self, reason: str, problem: str, *, cure: str = "Give a recording of 20 ms or more.") -> None:
        super().__init__(f"this sound cannot be changed: {problem}.", cure=cure)
        self.reason = reason  #: a short code: "silent"


def check_usable(samples: Samples) -> None:
    """Refuse what has nothing to change: other shapes, single samples, silence, DC. Raises UnsuitedError."""
    if samples.ndim != 1:
        raise UnsuitedError("channels", f"its shape is {samples.shape}, expected one channel: [frames]")
    if samples.size < SHORTEST_FRAMES:
        raise UnsuitedError("too-short", f"it has {samples.size} frames, expected {SHORTEST_FRAMES} or more")
    if not np.isfinite(samples).all():
        raise UnsuitedError("not-finite", "some samples are not finite")
    swing = float(np.ptp(samples)) / 2.0
    if swing < QUIETEST:
        problem = f"it is silent, or DC: samples stay within {swing:.1e} of their middle, expected {QUIETEST:.0e}"
        raise UnsuitedError("silent", problem)
