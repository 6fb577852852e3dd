"""Loudness by EBU R 128 (ITU-R BS.1770-4, through pyloudnorm) and true peak by fourfold oversampling."""

from __future__ import annotations

import math
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from hobnail.audio import RATE_HZ, db_to_gain
from hobnail.contracts import Float32
from hobnail.effects import LimiterConfig, LimiterEffect
from hobnail.errors import MissingExtraError, RenderError

SHORTEST_S: Final = 0.4  # one gating block
TRUE_PEAK_DB: Final = -1.0  # what EBU R 128 allows at most
SILENT_LUFS: Final = -70.0
_PIECE: Final = 1 << 16
_TAPS: Final = 24  # on each side of the interpolating filter, in samples


class Loudness(msgspec.Struct, frozen=True, kw_only=True):
    """How loud a sound is. ``lufs`` is None where there is too little of it to say."""

    lufs: float | None
    true_peak_db: float
    peak_db: float


def measure(sound: Float32) -> Loudness:
    """Of float32 [frames, channels]. Raises MissingExtraError without pyloudnorm."""
    try:
        import pyloudnorm
    except ModuleNotFoundError as error:
        raise MissingExtraError("Measuring loudness", extra="loudness") from error
    lufs: float | None = None
    if len(sound) > SHORTEST_S * RATE_HZ:
        with np.errstate(divide="ignore", invalid="ignore"):  # the logarithm of silence
            value = float(pyloudnorm.Meter(RATE_HZ).integrated_loudness(np.asarray(sound, np.float64)))
        lufs = value if math.isfinite(value) and value > SILENT_LUFS else None
    return Loudness(lufs=lufs, true_peak_db=_db(true_peak(sound)), peak_db=_db(float(np.abs(sound).max(initial=0.0))))


def normalising_gain(sound: Float32, target_lufs: float) -> float:
    """The factor that brings float32 [frames, channels] to ``target_lufs``. Raises RenderError for silence."""
    found = measure(sound)
    if found.lufs is None:
        raise RenderError(
            f"The mix is too short or too quiet to have a loudness (it needs {SHORTEST_S:g} s above"
            f" {SILENT_LUFS:g} LUFS).",
            cure="Leave --loudness out.",
        )
    return db_to_gain(target_lufs - found.lufs)


def under_true_peak(sound: Float32, ceiling_db: float = TRUE_PEAK_DB) -> tuple[Float32, bool]:
    """The sound with true peaks under ``ceiling_db``, and whether it had to be limited; nothing is delayed."""
    if _db(true_peak(sound)) <= ceiling_db:
        return sound, False
    limited = sound
    margin_db = 0.1
    for _ in range(4):  # a limiter sees samples; what lies between them decides how much lower it must aim
        limiter = LimiterEffect(LimiterConfig(ceiling_db=ceiling_db - margin_db))
        late, _ = limiter.process(
            np.concatenate([sound, np.zeros((limiter.latency_frames, sound.shape[1]), np.float32)]),
            limiter.init_state(RATE_HZ, sound.shape[1]),
        )
        limited = late[limiter.latency_frames :]
        over_db = _db(true_peak(limited)) - ceiling_db
        if over_db <= 0.0:
            break
        margin_db += over_db + 0.05
    return limited, True


def true_peak(sound: Float32) -> float:
    """The highest level between the samples too: the largest of four phases of a windowed sinc."""
    highest = float(np.abs(sound).max(initial=0.0))
    filters = _phases()
    for channel in range(sound.shape[1]):
        for first in range(0, len(sound), _PIECE):
            piece = np.asarray(sound[max(0, first - _TAPS) : first + _PIECE + _TAPS, channel], np.float64)
            if np.abs(piece).max(initial=0.0) <= 0.5 * highest or len(piece) < 2:
                continue  # between samples it may be higher than at them, but not by that much in ordinary sound
            for phase in filters:
                highest = max(highest, float(np.abs(np.convolve(piece, phase, mode="same")).max()))
    return highest


def _phases() -> list[NDArray[np.float64]]:
    at = np.arange(-_TAPS, _TAPS + 1)
    filters = []
    for shift in (0.25, 0.5, 0.75):
        window = np.cos(0.5 * np.pi * (at - shift) / (_TAPS + 1)) ** 2
        phase = np.sinc(at - shift) * window
        filters.append(phase / phase.sum())
    return filters


def _db(peak: float) -> float:
    return 20.0 * math.log10(max(peak, 1e-10))
