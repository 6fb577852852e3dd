"""Principal components of two stacked frames of 96 mel bands: the plainest codec there is, fitted in seconds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np

from hobnail_trainer.codec.ladder.bands import BANDS, HOP, SIZE, BandScale
from hobnail_trainer.codec.ladder.stft import Float, with_random_phases
from hobnail_trainer.corpus.sound import Samples
from hobnail_trainer.errors import TrainerError

STACKED: Final = 2
FIT_CLIPS: Final = 1650  #: windows of the train split


class Components(NamedTuple):
    """Fitted once; any number of the strongest directions may be kept."""

    mean: Float  #: [STACKED * BANDS]
    basis: Float  #: [STACKED * BANDS, STACKED * BANDS], orthonormal columns, the strongest first
    spread: Float  #: [STACKED * BANDS], standard deviation along each


def fit_components(scale: BandScale, sounds: Iterable[Samples]) -> Components:
    """Components of the log powers of sounds of the train split. Raises TrainerError when there are too few."""
    width = STACKED * BANDS
    total, products, count = np.zeros(width), np.zeros((width, width)), 0
    for samples in sounds:
        rows = stacked(scale.log_powers(samples)).astype(np.float64)
        total += rows.sum(axis=0)
        products += rows.T @ rows
        count += len(rows)
    if count < width:
        raise TrainerError(f"{count} frames to fit {width} components.", cure="Give a corpus with more to train on.")
    mean = total / count
    variances, basis = np.linalg.eigh(products / count - np.outer(mean, mean))
    order = np.argsort(-variances, kind="stable")
    spread = np.sqrt(np.maximum(variances[order], 0.0))
    return Components(mean.astype(np.float32), basis[:, order].astype(np.float32), spread.astype(np.float32))


def through_components(scale: BandScale, fitted: Components, kept: int, samples: Samples, seed: int) -> Samples:
    """A sound from the ``kept`` strongest components of its spectrum, its phases chance."""
    log_powers = scale.log_powers(samples)
    rows = stacked(log_powers) - fitted.mean
    basis = fitted.basis[:, :kept]
    kept_rows = (rows @ basis) @ basis.T + fitted.mean
    unstacked = kept_rows.reshape(-1, BANDS)[: len(log_powers)].astype(np.float32)
    return with_random_phases(scale.magnitudes(unstacked), SIZE, HOP, samples.size, seed)


def stacked(log_powers: Float) -> Float:
    """[frames, BANDS] -> [frames / 2, 2 BANDS]; the last frame stands twice when they are odd."""
    if len(log_powers) % STACKED:
        log_powers = np.concatenate([log_powers, log_powers[-1:]])
    return log_powers.reshape(-1, STACKED * BANDS)
