"""How loud a recording is, and how much of it is silent. Pure."""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from hobnail.audio import RATE_HZ

SILENCE_DBFS: Final = -70.0
WINDOW_FRAMES: Final = RATE_HZ // 100
FLOOR_DBFS: Final = -140.0


class Levels(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Levels of the whole recording."""

    seconds: float
    peak_dbfs: float
    rms_dbfs: float
    silence_share: float  #: of 10 ms windows below -70 dBFS
    clipped_frames: int  #: at full scale
    not_finite: int  #: NaN or infinite samples


def levels_of(samples: NDArray[np.float32]) -> Levels:
    """Levels of float32 [frames, channels]."""
    not_finite = int(np.count_nonzero(~np.isfinite(samples)))
    clean = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0).astype(np.float64)
    windows = clean[: len(clean) // WINDOW_FRAMES * WINDOW_FRAMES].reshape(-1, WINDOW_FRAMES * clean.shape[1])
    window_power = np.mean(windows**2, axis=1) if windows.size else np.zeros(1)
    magnitude = np.abs(clean).max(axis=1, initial=0.0)
    return Levels(
        seconds=round(len(samples) / RATE_HZ, 3),
        peak_dbfs=round(_dbfs(float(magnitude.max(initial=0.0))), 2),
        rms_dbfs=round(_dbfs(float(np.sqrt(np.mean(clean**2)))) if clean.size else FLOOR_DBFS, 2),
        silence_share=round(float(np.mean(window_power < 10.0 ** (SILENCE_DBFS / 10.0))), 4),
        clipped_frames=int(np.count_nonzero(magnitude >= 0.9999)),
        not_finite=not_finite,
    )


def _dbfs(amplitude: float) -> float:
    return max(FLOOR_DBFS, float(20.0 * np.log10(max(amplitude, 1e-12))))
