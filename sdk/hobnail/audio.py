"""Numbers of the audio path: rate, hop, layout and latency, as frozen values."""

from __future__ import annotations

from typing import Final

import msgspec

RATE_HZ: Final = 48_000
"""The session's sample rate; every frame number in Hobnail counts samples at this rate."""

HOP_FRAMES: Final = 512
"""One latent's period: 10.67 ms."""


class Latency(msgspec.Struct, frozen=True, kw_only=True):
    """Frames between an event at the server's border and its first sample at the listener's ear, by cause."""

    buffer_frames: int = 0  #: waiting for the mixer's next block, or for what is left of the fixed delay
    model_frames: int = 0  #: the engine's algorithmic delay, and the time it takes to open a voice, as measured
    transport_frames: int = 0  #: border to engine thread, as measured; a client adds its own way there
    device_frames: int = 0  #: ready for the sound card's driver, and what the driver says that it keeps itself

    @property
    def total_frames(self) -> int:
        """All causes together."""
        return self.buffer_frames + self.model_frames + self.transport_frames + self.device_frames


def frames_to_ms(frames: float) -> float:
    """Frames at the session rate, in milliseconds."""
    return frames * 1000.0 / RATE_HZ


def seconds_to_frames(seconds: float) -> int:
    """Seconds in whole frames at the session rate, rounded to nearest."""
    return round(seconds * RATE_HZ)


def db_to_gain(db: float) -> float:
    """Decibels as a linear amplitude factor."""
    return float(10.0 ** (db / 20.0))
