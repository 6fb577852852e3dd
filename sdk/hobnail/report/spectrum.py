"""A spectrogram with a logarithmic frequency axis. Pure."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from hobnail.audio import RATE_HZ

LOWEST_HZ: Final = 40.0
HIGHEST_HZ: Final = 20_000.0
COLUMNS: Final = 2400
ROWS: Final = 256
LONG, SHORT = 8192, 1024
CROSSOVER_HZ: Final = (300.0, 1200.0)


def log_spectrogram(samples: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Levels in dB, [rows, columns], low frequencies first, and the row edges in Hz.

    Low rows come from a long window and high rows from a short one, so that hits stay sharp and hums stay thin.
    """
    edges_hz = np.geomspace(LOWEST_HZ, HIGHEST_HZ, ROWS + 1)
    centres_hz = np.sqrt(edges_hz[:-1] * edges_hz[1:])
    mono = samples.mean(axis=1) if samples.ndim == 2 else samples
    starts = np.linspace(0, max(0, len(mono) - 1), COLUMNS).astype(int)
    low_hz, high_hz = np.log(CROSSOVER_HZ)
    short_share = np.clip((np.log(centres_hz) - low_hz) / (high_hz - low_hz), 0.0, 1.0)[:, None]
    power = (1.0 - short_share) * _rows(mono, starts, LONG, centres_hz)
    power += short_share * _rows(mono, starts, SHORT, centres_hz)
    return 10.0 * np.log10(power + 1e-14), edges_hz


def _rows(
    mono: NDArray[np.float32], starts: NDArray[np.int64], window_frames: int, centres_hz: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Power of a sine of full scale = 1, float64 [rows, columns]."""
    padded = np.pad(mono.astype(np.float64), (window_frames // 2, window_frames // 2 + 1))
    window = np.hanning(window_frames)
    frequencies = np.fft.rfftfreq(window_frames, 1.0 / RATE_HZ)
    columns = []
    for block in range(0, len(starts), 200):
        frames = np.stack([padded[start : start + window_frames] for start in starts[block : block + 200]])
        power = (np.abs(np.fft.rfft(frames * window)) * 2.0 / window.sum()) ** 2
        columns.append(np.stack([np.interp(centres_hz, frequencies, row) for row in power], axis=1))
    return np.concatenate(columns, axis=1)
