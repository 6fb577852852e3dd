"""How fast a reader feeds training."""

from __future__ import annotations

import time

import msgspec

from hobnail.audio import RATE_HZ
from hobnail_trainer.reading.reader import Reader

TRAINER_SPEED = 80.0
"""Seconds of audio that training takes in a second: batches of 32 windows of 64 hops in 0.27 s, a model of 6.8 M
weights on two cores. A reader should be at least 20 times as fast, so that training never waits."""


class Speed(msgspec.Struct, frozen=True, kw_only=True):
    """A measurement."""

    audio_s: float  #: that was read
    took_s: float
    batches: int

    @property
    def times_real_time(self) -> float:
        """Seconds of audio per second."""
        return self.audio_s / self.took_s

    @property
    def times_trainer(self) -> float:
        """How often as fast as training."""
        return self.times_real_time / TRAINER_SPEED


def read_speed(reader: Reader, *, seconds: float) -> Speed:
    """Read for so long and measure."""
    audio_frames, batches = 0, 0
    started = time.perf_counter()
    while (took_s := time.perf_counter() - started) < seconds or not batches:
        audio_frames += next(reader).samples.size
        batches += 1
    return Speed(audio_s=audio_frames / RATE_HZ, took_s=took_s, batches=batches)
