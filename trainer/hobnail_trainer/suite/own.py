"""An embedding of our own, learned in seconds from train recordings: what tells families apart and takes do not.

A sound's spectrum in third-octave bands (mean and spread over its sounding frames, and how fast levels move) and its
modulation spectrum, 4 to 200 Hz, are one row. The axes are those of a linear discriminant with families as classes:
rows are whitened by what takes of one family differ by, then the widest axes between families are kept. It is labelled
"ours" wherever it judges, since it was made by those who are judged, and it learnt from the train split.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hobnail.audio import RATE_HZ
from hobnail_trainer.codec.measures.modulation import BANDS, FLOOR, GROUP, modulation_spectrum
from hobnail_trainer.corpus.sound import Samples
from hobnail_trainer.errors import JudgeError
from hobnail_trainer.judges.model import Embedding

AXES: Final = 32
FRAME: Final = 1024
HOP: Final = 512
BELOW: Final = 1e-6  #: of the loudest frame's power: frames below do not count
RIDGE: Final = 0.05  #: of the mean within-family variance, added to every axis
FEWEST: Final = 8  #: families

Float64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ours:
    """A judge. [any thread]"""

    mean: Float64
    axes: Float64  #: [numbers, dimensions]
    name: str = "ours"
    rate_hz: int = RATE_HZ

    @classmethod
    def learn(cls, sounds: Sequence[Samples], families: Sequence[str]) -> Ours:
        """From windows of train recordings. Raises JudgeError."""
        if len(set(families)) < FEWEST:
            raise JudgeError(f"{len(set(families))} families to learn from.", cure=f"Give {FEWEST} or more.")
        rows = np.stack([numbers_of(samples) for samples in sounds])
        mean = rows.mean(axis=0)
        scale = rows.std(axis=0) + 1e-3
        places = {name: [at for at, family in enumerate(families) if family == name] for name in sorted(set(families))}
        middles = np.stack([rows[which].mean(axis=0) for which in places.values()])
        own = np.concatenate([rows[which] - rows[which].mean(axis=0) for which in places.values()]) / scale
        within = own.T @ own / max(1, len(rows) - len(places))
        within += np.eye(len(within)) * (RIDGE * max(float(np.trace(within)) / len(within), 0.1))
        sizes, turned = np.linalg.eigh(within)
        white = turned / np.sqrt(sizes)
        between = (middles - mean) / scale @ white
        _, _, widest = np.linalg.svd(between, full_matrices=False)
        axes = white @ widest[: min(AXES, len(places) - 1)].T / scale[:, None]
        return cls(mean, axes)

    @property
    def dimensions(self) -> int:
        """Length of an embedding."""
        return int(self.axes.shape[1])

    def embed(self, samples: Samples) -> Embedding:
        """One sound, float32 [dimensions]."""
        return np.asarray((numbers_of(samples) - self.mean) @ self.axes, np.float32)

    def embed_many(self, sounds: Iterable[Samples]) -> Embedding:
        """float32 [sounds, dimensions]."""
        rows = [self.embed(samples) for samples in sounds]
        return np.stack(rows) if rows else np.zeros((0, self.dimensions), np.float32)


def numbers_of(samples: Samples) -> Float64:
    """What the axes are learnt from: spectrum, its spread, its movement, its modulation."""
    padded = np.pad(samples, (0, max(0, 2 * FRAME - samples.size)))
    frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[::HOP]
    power = np.abs(np.fft.rfft(frames * np.hanning(FRAME))) ** 2 @ _thirds()
    whole = power.sum(axis=1)
    level = np.log(power / max(float(whole.max()), 1e-12) + 1e-7)
    heard = level[whole >= BELOW * whole.max()] if whole.max() > 0.0 else level
    moves = np.abs(np.diff(heard, axis=0)).mean(axis=0) if len(heard) > 1 else np.zeros(level.shape[1])
    depth = modulation_spectrum(samples).depth.reshape(BANDS // GROUP, GROUP, -1).mean(axis=1)
    parts = [heard.mean(axis=0), heard.std(axis=0), moves, np.log(depth + FLOOR).ravel()]
    return np.concatenate([*parts, [len(heard) / len(level)]])


@lru_cache(maxsize=1)
def _thirds() -> Float64:
    """Bins to bands a third of an octave wide, 80 Hz to 18 kHz; each band has one bin at least."""
    hz = np.fft.rfftfreq(FRAME, 1.0 / RATE_HZ)
    centres = 80.0 * 2.0 ** (np.arange(24) / 3.0)
    away = np.abs(np.log2(np.maximum(hz, 1.0)[:, None] / centres))
    weights = np.maximum(0.0, 1.0 - 3.0 * away)
    weights[away.argmin(axis=0), np.arange(len(centres))] += 1e-3
    return np.asarray(weights / weights.sum(axis=0))
