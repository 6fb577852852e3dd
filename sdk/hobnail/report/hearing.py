"""Listens for onsets in a recording without asking the server: does the energy rise where one was reported?

The mono mix is cut into 5.3 ms frames of ten bands, 80 Hz to 18 kHz. A moment passes when in some band the loudest
frame of the 40 ms after it is ``RISE_DB`` louder than the loudest frame of the 40 ms before it. Steady noise passes
in 2 % of the cases by chance; :func:`chance_share` says how often a given recording does where nothing begins, so that
a reader can judge what a pass is worth.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hobnail.audio import RATE_HZ

RISE_DB: Final = 6.0
FLOOR_DBFS: Final = -78.0  # per band; quieter rises are not heard
HOP_FRAMES: Final = 128
WINDOW_FRAMES: Final = 512
BEFORE_HOPS: Final = 15  # 40 ms
AFTER_HOPS: Final = 15  # 40 ms
BAND_EDGES_HZ: Final = np.geomspace(80.0, 18_000.0, 11)


class BandEnergies:
    """Band levels of a recording over time, made once and asked often."""

    def __init__(self, samples: NDArray[np.float32]) -> None:
        mono = samples.mean(axis=1) if samples.ndim == 2 else samples
        padded = np.pad(mono.astype(np.float64), (WINDOW_FRAMES, WINDOW_FRAMES))
        frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW_FRAMES)[::HOP_FRAMES]
        window = np.hanning(WINDOW_FRAMES)
        frequencies = np.fft.rfftfreq(WINDOW_FRAMES, 1.0 / RATE_HZ)
        bands = [(frequencies >= low) & (frequencies < high) for low, high in pairwise(BAND_EDGES_HZ)]
        weights = np.array([band for band in bands if band.any()], dtype=np.float64).T
        self.frames = len(mono)
        self._levels_db = _levels_db(frames, window, weights)

    def rise_db(self, frame: int) -> float:
        """By how much the band that rises most rises at ``frame``; -inf outside the recording."""
        if not 0 <= frame < self.frames:
            return float("-inf")
        # Hop h covers padded frames h*HOP .. +WINDOW, so real frames up to h*HOP: the last one wholly before `frame`.
        last_before = frame // HOP_FRAMES
        before = self._levels_db[max(0, last_before - BEFORE_HOPS + 1) : last_before + 1]
        after = self._levels_db[last_before + 1 : last_before + 1 + AFTER_HOPS + WINDOW_FRAMES // HOP_FRAMES]
        if not len(after):
            return float("-inf")
        return float(np.max(after.max(axis=0) - np.maximum(before.max(axis=0), FLOOR_DBFS)))

    def rises(self, frame: int) -> bool:
        """Whether something is heard to begin at ``frame``."""
        return self.rise_db(frame) >= RISE_DB


def chance_share(energies: BandEnergies, moments: NDArray[np.int64]) -> float | None:
    """The share of some moments, at which nothing begins, that pass all the same; None when there are none."""
    if not moments.size:
        return None
    return float(np.mean([energies.rises(int(moment)) for moment in moments]))


def _levels_db(
    frames: NDArray[np.float64], window: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Band levels in dBFS, [hops, bands]; in blocks, so that a long recording needs little memory."""
    blocks = []
    scale = 2.0 / window.sum() ** 2 / 1.5 * 2.0  # a full-scale sine reads about 0 dB
    for start in range(0, len(frames), 4096):
        power = np.abs(np.fft.rfft(frames[start : start + 4096] * window)) ** 2
        blocks.append(10.0 * np.log10(power @ weights * scale + 1e-15))
    return np.concatenate(blocks)
