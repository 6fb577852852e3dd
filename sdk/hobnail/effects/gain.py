"""Louder or softer."""

from __future__ import annotations

from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta

from hobnail.audio import db_to_gain
from hobnail.contracts import Float32


class GainConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Table ``[effect.gain]``."""

    gain_db: Annotated[float, Meta(ge=-96, le=36)] = 0.0  #: level change in decibels


class GainEffect:
    """Scales every sample by the same factor. It has no memory, so its state is None."""

    def __init__(self, config: GainConfig = GainConfig()) -> None:  # noqa: B008 - frozen, so sharing it is safe
        self._factor = np.float32(db_to_gain(config.gain_db))

    @property
    def latency_frames(self) -> int:
        """[any] None."""
        return 0

    def init_state(self, rate_hz: int, channels: int) -> None:
        """[control] Nothing to remember."""
        return

    def process(self, block: Float32, state: object) -> tuple[Float32, object]:
        """[engine] float32 [frames, channels], scaled."""
        return block * self._factor, state
