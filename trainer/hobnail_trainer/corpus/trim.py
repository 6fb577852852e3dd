"""Cuts silence away before the onset and after the last audible moment."""

from __future__ import annotations

import numpy as np

from hobnail.audio import RATE_HZ
from hobnail_trainer.corpus.sound import Samples

WINDOW_FRAMES = RATE_HZ // 1000
"""Levels are judged over 1 ms."""

START_DB = -40.0
"""The sound begins where its level comes within this of the loudest millisecond."""

END_DB = -60.0
"""It ends where its level stays below this for good; a 16-bit file of -20 dBFS has its noise near there."""

LEAD_FRAMES = RATE_HZ // 500
"""2 ms are kept before the onset: the foot of an attack."""

FADE_FRAMES = RATE_HZ // 200
"""5 ms of fade where a tail was cut."""


def trimmed(samples: Samples) -> Samples:
    """From 2 ms before the onset to the last audible moment. Silence comes back empty."""
    blocks = -(-samples.size // WINDOW_FRAMES)
    padded = np.zeros(blocks * WINDOW_FRAMES, np.float32)
    padded[: samples.size] = samples
    power = np.square(padded.reshape(blocks, WINDOW_FRAMES), dtype=np.float64).mean(axis=1)
    if not power.size or power.max() <= 1e-12:
        return np.zeros(0, np.float32)
    loudest = power.max()
    start_block = int(np.argmax(power >= loudest * 10 ** (START_DB / 10)))
    end_block = blocks - int(np.argmax(power[::-1] >= loudest * 10 ** (END_DB / 10)))
    start = max(0, start_block * WINDOW_FRAMES - LEAD_FRAMES)
    end = min(samples.size, end_block * WINDOW_FRAMES + FADE_FRAMES)
    cut = samples[start:end].copy()
    if end < samples.size:
        fade = min(FADE_FRAMES, cut.size)
        cut[cut.size - fade :] *= np.linspace(1.0, 0.0, fade, dtype=np.float32)
    return cut
