"""Looks for a voice's own sound in a recording: is it there, at its place?

A sound that swells, or that is much softer than what rings beside it, raises no level that could be seen. But the
engine's samples are known, so the recording can be correlated with them, both whitened by the recording's own
spectrum (Knapp & Carter, "The generalized correlation method for estimation of time delay", IEEE Trans. ASSP 24,
1976). Where the sound is, the correlation has a peak at its place; ``strength`` is that peak over the
root mean square of the correlation at all other places near it. What is not in the recording has none: of 351
places where a voice of the courtyard was not, the strongest was 5.8.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from hobnail.audio import RATE_HZ

STRENGTH: Final = 8.0
AUDIBLE: Final = 1e-4  # -80 dBFS after every gain: what the session calls a voice's first sample
GAIN_UP: Final = 10.0  # a voice may be so much louder in the mix than its engine made it
GAIN_DOWN: Final = 100.0
SLACK_FRAMES: Final = 96
AROUND_FRAMES: Final = RATE_HZ // 20
LEAST_FRAMES: Final = RATE_HZ // 50
SMOOTH_BINS: Final = 64


class Matcher:
    """A recording in which sounds are looked for."""

    def __init__(self, samples: NDArray[np.float32]) -> None:
        """``samples``: float32 [frames] or [frames, channels]."""
        self._mono = (samples.mean(axis=1) if samples.ndim == 2 else samples).astype(np.float64)

    def strength(self, sound: NDArray[np.float32], onset: int) -> float:
        """How much a sound stands out whose first audible sample lies at ``onset`` of the recording; 0: not at all.

        ``sound``: float32 [frames], before gains that are not known: so the place of its first sample is not quite.
        """
        size = np.abs(sound)
        if not (loud := np.flatnonzero(size > AUDIBLE / GAIN_UP)).size:
            return 0.0
        last = np.flatnonzero(size > min(AUDIBLE * GAIN_DOWN, 0.5 * float(size.max())))[0]
        sound = _main_part(sound)
        earliest, latest = onset - int(last) - SLACK_FRAMES, onset - int(loud[0]) + SLACK_FRAMES
        begin, end = max(0, earliest - AROUND_FRAMES), latest + AROUND_FRAMES + len(sound)
        found = np.abs(_correlation(self._mono[begin:end], sound))[: max(0, end - begin - len(sound))]
        there = slice(max(0, earliest - begin), latest - begin + 1)
        elsewhere = np.concatenate([found[: there.start], found[there.stop :]])
        if not found[there].size or not elsewhere.size:
            return 0.0
        return float(found[there].max() / (np.sqrt(np.mean(elsewhere**2)) + 1e-30))

    def holds(self, sound: NDArray[np.float32], onset: int) -> bool:
        """Whether it is there."""
        return self.strength(sound, onset) >= STRENGTH


def _main_part(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """Up to where 95 % of its energy has come: what follows would add the others' noise only."""
    energy = np.cumsum(sound.astype(np.float64) ** 2)
    return sound[: max(LEAST_FRAMES, int(np.searchsorted(energy, 0.95 * energy[-1])) + 1)]


def _correlation(recording: NDArray[np.float64], sound: NDArray[np.float32]) -> NDArray[np.float64]:
    """By lag, the sound's first sample at the recording's sample 0, 1, ...; whitened."""
    length = 1 << int(len(recording) + len(sound) - 1).bit_length()
    spectrum, wanted = np.fft.rfft(recording, length), np.fft.rfft(sound, length)
    power = np.convolve(np.abs(spectrum) ** 2, np.ones(SMOOTH_BINS + 1) / (SMOOTH_BINS + 1), "same")
    return np.asarray(np.fft.irfft(spectrum * np.conj(wanted) / (power + 1e-9 * power.max() + 1e-30), length))
