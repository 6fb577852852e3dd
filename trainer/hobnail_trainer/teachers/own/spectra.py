"""What our own teacher hears: log-mel spectra of the whole band, two to a hop, in one row.

Windows of 1,024 frames (21 ms, periodic Hann, its sum 1) every 256; hop h has those centred on its frames 128 and 384,
so a row stands for exactly its hop. 64 triangles from 60 Hz to 20 kHz, linear in HTK's mel, peaks of 1; log10 of the
power plus :data:`FLOOR`.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from hobnail.audio import HOP_FRAMES, RATE_HZ
from hobnail_trainer.judges.mel import mel_triangles
from hobnail_trainer.teachers.contract import Features, Samples, heard

WINDOW: Final = 1024
STEP: Final = 256
BANDS: Final = 64
PER_HOP: Final = HOP_FRAMES // STEP
ROW: Final = PER_HOP * BANDS  #: numbers of a hop
FLOOR: Final = 1e-9  #: -90 dB: what is quieter is silence
LOWEST_HZ, HIGHEST_HZ = 60.0, 20_000.0
AT_ONCE: Final = 2048  #: hops; keeps memory small for long sounds


class Ear:
    """Holds the window and the triangles, so that many sounds are heard with one set."""

    def __init__(self) -> None:
        window = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(WINDOW) / WINDOW)
        self._window = (window / window.sum()).astype(np.float32)
        self._bands = mel_triangles(BANDS, WINDOW, RATE_HZ, low_hz=LOWEST_HZ, high_hz=HIGHEST_HZ)

    def rows(self, samples: Samples) -> Features:
        """Mono 48 kHz [frames] -> float32 [hops, 128], log10 of power, -9 to about 0. Raises TeacherError."""
        samples = heard(samples)
        hops = -(-samples.size // HOP_FRAMES)
        lead = (WINDOW - STEP) // 2
        padded = np.zeros(lead + hops * HOP_FRAMES + WINDOW, np.float32)
        padded[lead : lead + samples.size] = samples
        frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::STEP][: hops * PER_HOP]
        parts = [self._row(frames[at : at + AT_ONCE * PER_HOP]) for at in range(0, len(frames), AT_ONCE * PER_HOP)]
        return np.concatenate(parts).reshape(hops, ROW)

    def _row(self, frames: Samples) -> Features:
        spectra = np.fft.rfft(frames * self._window)
        power = np.square(spectra.real) + np.square(spectra.imag)
        return np.asarray(np.log10(power.astype(np.float32) @ self._bands + np.float32(FLOOR)), dtype=np.float32)
