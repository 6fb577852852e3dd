"""Pitch by a known number of semitones, in two ways.

- :func:`resampled_pitch` plays the recording faster or slower: pitch, length and size change together, as with a
  smaller or larger thing of the same make. Nothing is smeared: it is for blows.
- :func:`shifted_pitch` keeps the length: the sound is stretched by a phase vocoder and then resampled. Laroche and
  Dolson, "New phase-vocoder techniques for pitch-shifting, harmonizing and other exotic effects" (WASPAA 1999):
  around each spectral peak the bins turn together with it (identity phase locking), which keeps the shape of the wave.
  The turn is measured between two input frames one output hop apart, so that no phase is unwrapped. At onsets phases
  start anew, so that attacks stay sharp (Röbel, "A new approach to transient processing in the phase vocoder", 2003).

Both keep the loudness.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

from hobnail.audio import RATE_HZ
from hobnail_trainer.corpus.attributes import loudness_lufs
from hobnail_trainer.corpus.sound import Samples
from hobnail_trainer.pairs.frames import QUARTER, Spectra, samples_of
from hobnail_trainer.pairs.usable import check_usable

SIZE: Final = 2048
LOW_SIZE: Final = 4096  #: for pitches below 140 Hz, whose partials 2,048 frames do not tell apart
LOW_HZ: Final = 140.0


def ratio_of(semitones: float) -> float:
    """Frequencies are multiplied by this."""
    return float(2.0 ** (semitones / 12.0))


def resampled_pitch(samples: Samples, semitones: float) -> Samples:
    """The sound at another speed, float32 [about frames / ratio]. Raises CorpusError."""
    check_usable(samples)
    return _as_loud_as(samples, _at_ratio(samples, ratio_of(semitones)))


def shifted_pitch(
    samples: Samples, semitones: float, *, onset_frames: Sequence[int] = (0,), f0_hz: float | None = None
) -> Samples:
    """The sound at another pitch and of the same length, float32 [frames]. Raises CorpusError."""
    check_usable(samples)
    ratio = ratio_of(semitones)
    size = LOW_SIZE if f0_hz is not None and f0_hz * min(ratio, 1.0) < LOW_HZ else SIZE
    played = _at_ratio(_stretched(samples, ratio, size, onset_frames), ratio)
    return _as_loud_as(samples, np.pad(played[: samples.size], (0, max(0, samples.size - played.size))))


def _as_loud_as(samples: Samples, moved: Samples) -> Samples:
    """``moved``, at the loudness of ``samples``: ears hear highs as louder, and only pitch is to change."""
    louder = loudness_lufs(samples) - loudness_lufs(moved)
    return np.asarray(moved * 10.0 ** (louder / 20.0), dtype=np.float32)


def _at_ratio(samples: Samples, ratio: float) -> Samples:
    return np.asarray(soxr.resample(samples, RATE_HZ * ratio, RATE_HZ, quality="VHQ"), dtype=np.float32)


def _stretched(samples: Samples, ratio: float, size: int, onset_frames: Sequence[int]) -> Samples:
    """``ratio`` times as long, at the same pitch."""
    hop = size // QUARTER
    frames = round(samples.size * ratio)
    centres = np.round(np.arange(-(-frames // hop) + 1) * hop / ratio).astype(int)  # in the input
    padded = np.concatenate([np.zeros(size, np.float32), samples, np.zeros(size + hop, np.float32)])
    here = _spectra_at(padded, centres + size // 2, size)
    before = _spectra_at(padded, centres + size // 2 - hop, size)
    fresh = {int(np.abs(centres - onset).argmin()) for onset in (0, *onset_frames)}
    return samples_of(_turned(here, before, fresh), size, frames)


def _spectra_at(padded: Samples, starts: NDArray[np.int64], size: int) -> Spectra:
    window = np.hanning(size + 1)[:-1].astype(np.float32)
    views = np.lib.stride_tricks.sliding_window_view(padded, size)
    return np.asarray(np.fft.rfft(views[np.clip(starts, 0, len(views) - 1)] * window), dtype=np.complex64)


def _turned(here: Spectra, before: Spectra, fresh: set[int]) -> Spectra:
    """Output spectra: each peak goes on from where it was, by what it turned between ``before`` and ``here``."""
    result = np.empty_like(here)
    result[0] = here[0]
    for number in range(1, len(here)):
        if number in fresh:
            result[number] = here[number]
            continue
        nearest = _nearest_peaks(np.abs(here[number]))
        turn = result[number - 1][nearest] * np.conj(before[number][nearest])
        size = np.abs(turn)
        result[number] = here[number] * np.where(size > 1e-20, turn / np.maximum(size, 1e-20), 1.0)
    return result


def _nearest_peaks(magnitude: NDArray[np.float32]) -> NDArray[np.int64]:
    """For each bin, the peak that it belongs to: larger than the two bins on either side, and nearest."""
    inner = magnitude[2:-2]
    is_peak = (
        (inner > magnitude[:-4]) & (inner > magnitude[1:-3]) & (inner >= magnitude[3:-1]) & (inner >= magnitude[4:])
    )
    peaks = np.flatnonzero(is_peak) + 2
    if not peaks.size:
        return np.arange(magnitude.size)
    borders = (peaks[1:] + peaks[:-1] + 1) // 2
    return np.asarray(peaks[np.searchsorted(borders, np.arange(magnitude.size), side="right")])
