"""Keeps peaks under a ceiling, by looking a few milliseconds ahead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from hobnail.audio import RATE_HZ, db_to_gain
from hobnail.contracts import Float32
from hobnail.errors import ConfigError


class LimiterConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Table ``[effect.limiter]``."""

    ceiling_db: Annotated[float, Meta(ge=-60, le=0)] = -1.0  #: no sample leaves louder than this, in dBFS
    lookahead_ms: Annotated[float, Meta(ge=0.1, le=50)] = 3.0  #: how gently it turns down; also its delay
    release_db_s: Annotated[float, Meta(ge=1, le=1000)] = 60.0  #: how fast it turns up again


@dataclass(frozen=True, slots=True)
class LimiterState:
    """What the next block needs: the delayed sound and the gains on their way."""

    delayed: Float32  #: [lookahead, channels], sound not yet let out
    wanted_db: NDArray[np.float64]  #: [lookahead], gain that each delayed frame needs
    held_db: NDArray[np.float64]  #: [lookahead], newest gains after hold and release
    rate_hz: int


class LimiterEffect:
    """A look-ahead limiter. All channels share one gain, so the stereo image stands still.

    ::

        peak -> wanted gain -> least over the look-ahead -> release -> mean over the look-ahead -> times delayed sound

    The mean of gains that are each low enough for a peak is low enough for it, so the ceiling holds. What is not a
    number counts as silence; it would otherwise stay in the gains for ever.
    """

    def __init__(self, config: LimiterConfig = LimiterConfig()) -> None:  # noqa: B008 - frozen, so sharing it is safe
        self._ceiling = db_to_gain(config.ceiling_db)
        self._lookahead_ms = config.lookahead_ms
        self._release_db_s = config.release_db_s

    @property
    def latency_frames(self) -> int:
        """[any] The look-ahead at the session's rate."""
        return self._lookahead(RATE_HZ)

    def init_state(self, rate_hz: int, channels: int) -> LimiterState:
        """[control] Silence, at full gain."""
        frames = self._lookahead(rate_hz)
        return LimiterState(
            delayed=np.zeros((frames, channels), np.float32),
            wanted_db=np.zeros(frames),
            held_db=np.zeros(frames),
            rate_hz=rate_hz,
        )

    def process(self, block: Float32, state: object) -> tuple[Float32, object]:
        """[engine] float32 [frames, channels], ``latency_frames`` later and under the ceiling."""
        if not isinstance(state, LimiterState):
            raise ConfigError(f"limiter: found state {type(state).__name__}.", cure="Pass what init_state returned.")
        frames, ahead = len(block), len(state.delayed)
        if not frames:
            return block.copy(), state
        block = np.where(np.isfinite(block), block, np.float32(0.0))
        peak = np.abs(block).max(axis=1).astype(np.float64)
        wanted = np.concatenate([state.wanted_db, -20.0 * np.log10(np.maximum(peak / self._ceiling, 1.0))])
        least = sliding_window_view(wanted, ahead + 1).min(axis=1)
        held = np.concatenate([state.held_db, self._released(least, state.held_db[-1], state.rate_hz)])
        mean = sliding_window_view(held, ahead + 1).mean(axis=1)
        sound = np.concatenate([state.delayed, block])
        gain = (10.0 ** (mean / 20.0)).astype(np.float32)[:, np.newaxis]
        after = LimiterState(
            delayed=sound[frames:], wanted_db=wanted[frames:], held_db=held[frames:], rate_hz=state.rate_hz
        )
        return sound[:frames] * gain, after

    def _lookahead(self, rate_hz: int) -> int:
        return max(1, round(self._lookahead_ms * rate_hz / 1000.0))

    def _released(self, least_db: NDArray[np.float64], before_db: float, rate_hz: int) -> NDArray[np.float64]:
        """Follow ``least_db`` down at once and up no faster than the release: min(least, previous + slope)."""
        climb = np.arange(1, len(least_db) + 1) * (self._release_db_s / rate_hz)
        released = climb + np.minimum(before_db, np.minimum.accumulate(least_db - climb))
        return released.astype(np.float64, copy=False)
