"""How fast a feed gives batches."""

from __future__ import annotations

import time
from typing import Final

import msgspec

from hobnail.audio import HOP_FRAMES, RATE_HZ
from hobnail_trainer.feed.feed import Feed

TRAINER_HOPS: Final = 7_600.0
"""Hops that training takes in a second: a batch of 2,048 in 0.27 s, a model of 6.8 M weights on two cores. A feed is to
be at least 20 times as fast, so that training never waits."""


class FeedSpeed(msgspec.Struct, frozen=True, kw_only=True):
    """A measurement."""

    batches: int
    hops: int  #: of targets
    took_s: float  #: by the clock on the wall
    cpu_s: float  #: of this process: less, where other programs run beside it

    @property
    def hops_per_s(self) -> float:
        """Of targets, in a second of CPU."""
        return self.hops / self.cpu_s

    @property
    def times_real_time(self) -> float:
        """Seconds of sound in a second of CPU."""
        return self.hops_per_s * HOP_FRAMES / RATE_HZ

    @property
    def times_trainer(self) -> float:
        """How often as fast as training."""
        return self.hops_per_s / TRAINER_HOPS


def feed_speed(feed: Feed, *, seconds: float) -> FeedSpeed:
    """Draw for so long and measure; the first batch, which opens files, does not count."""
    next(feed)
    batches, hops, started, cpu = 0, 0, time.perf_counter(), time.process_time()
    while (took_s := time.perf_counter() - started) < seconds or not batches:
        batch = next(feed)
        batches += 1
        hops += batch.weight.size
    return FeedSpeed(batches=batches, hops=hops, took_s=took_s, cpu_s=time.process_time() - cpu)
