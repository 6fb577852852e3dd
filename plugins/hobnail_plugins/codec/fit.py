"""Fits the linear codec's tables to features: pure arithmetic, a few seconds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hobnail.contracts import Float32
from hobnail_plugins.codec.bands import mel_filters
from hobnail_plugins.codec.spec import BAND_VALUES, EPSILON, FRAMES_PER_HOP, RATES, SILENT
from hobnail_plugins.codec.tables import LinearTables

LOUD: Final = math.log(30.0 * EPSILON**2)
"""A hop counts when one of its bands reaches this value: 15 dB above the floor."""

LAGS: Final = (1, 2, 4, 8, 16, 32)
"""Hops apart at which a column is compared with itself."""

SHORTEST: Final = 40
"""Hops of a sound from which the autocorrelation is taken."""

SUM_WEIGHT: Final = 10.0


def default_weight() -> Float32:
    """How much an error in each band value counts: 1 up to 8 kHz, 0.7 above, where hearing is coarser."""
    _, centres_hz = mel_filters()
    return np.tile(np.where(centres_hz < 8000.0, 1.0, 0.7), FRAMES_PER_HOP).astype(np.float32)


def fit_linear(sounds: Sequence[Float32], *, kept: int, weight: Float32 | None = None) -> LinearTables:
    """Tables that keep the ``kept`` strongest directions of the features float32 [hops, row] of some sounds.

    Principal components of (values - mean) x weight over hops that are not silent; of those that are not kept, also how
    long they last. Raises ValueError when there are fewer such hops than band values.
    """
    weight = default_weight() if weight is None else weight
    heard = [sound[sound[:, :BAND_VALUES].max(axis=1) > LOUD] for sound in sounds if len(sound)]
    loud = np.concatenate(heard) if heard else np.zeros((0, BAND_VALUES), np.float32)
    if len(loud) < BAND_VALUES:
        raise ValueError(f"{len(loud)} hops are not silent, expected at least {BAND_VALUES}.")
    values = loud[:, :BAND_VALUES].astype(np.float64)
    mean = values.mean(axis=0)
    weighted = (values - mean) * weight
    variances, basis = np.linalg.eigh(weighted.T @ weighted / len(weighted))
    order = np.argsort(-variances, kind="stable")
    basis = basis[:, order]
    basis *= np.where(basis.sum(axis=0) < 0.0, -1.0, 1.0)  # a sign that does not depend on the library
    spread = np.sqrt(np.maximum(variances[order], 0.0))
    partial_mean, partial_spread = _partial_scale(loud[:, BAND_VALUES:].reshape(-1, 2))
    lasting = [((sound[:, :BAND_VALUES] - mean) * weight) @ basis for sound in heard if len(sound) >= SHORTEST]
    return LinearTables(
        kept=kept,
        partials=(loud.shape[1] - BAND_VALUES) // 2,
        mean=mean.astype(np.float32),
        weight=weight,
        basis=basis.astype(np.float32),
        spread=spread.astype(np.float32),
        shares=_shares(lasting).astype(np.float32),
        partial_mean=partial_mean.astype(np.float32),
        partial_spread=partial_spread.astype(np.float32),
    )


def _shares(sounds: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """How each column's variance divides over RATES, [columns, rates], from its autocorrelation inside of sounds.

    Least squares with shares that are not negative and sum to 1: of every choice of rates the best, tried one by one.
    """
    rates = np.array(RATES)
    model = np.stack([rates**lag for lag in LAGS])  # [lags, rates]
    if not sounds:
        return np.tile(np.where(rates == 0.0, 1.0, 0.0), (BAND_VALUES, 1))
    whole = sum(np.square(sound).mean(axis=0) for sound in sounds)
    found = np.stack([sum((sound[lag:] * sound[:-lag]).mean(axis=0) for sound in sounds) for lag in LAGS])
    found = found / np.maximum(whole, 1e-12)  # [lags, columns]
    best, error = np.zeros((BAND_VALUES, len(RATES))), np.full(BAND_VALUES, np.inf)
    for count in range(1, len(RATES) + 1):
        for chosen in combinations(range(len(RATES)), count):
            part = np.vstack([model[:, chosen], np.full(count, SUM_WEIGHT)])
            wanted = np.vstack([found, np.full(found.shape[1], SUM_WEIGHT)])
            shares = np.linalg.lstsq(part, wanted, rcond=None)[0]
            missed = np.square(part @ shares - wanted).sum(axis=0)
            better = (shares >= 0.0).all(axis=0) & (missed < error)
            error = np.where(better, missed, error)
            best[better] = 0.0
            best[np.ix_(better, chosen)] = shares.T[better]
    return np.asarray(best / np.maximum(best.sum(axis=1, keepdims=True), 1e-12))


def _partial_scale(slots: Float32) -> tuple[np.ndarray, np.ndarray]:
    """Mean and spread that put silence at level -1, the mean partial at level 1 and its log frequency at 0."""
    sounding = slots[slots[:, 1] > SILENT].astype(np.float64)
    if len(sounding) == 0:
        return np.array([math.log(1000.0), 0.5 * SILENT]), np.array([1.0, -0.5 * SILENT])
    log_hz, level = sounding.mean(axis=0)
    return np.array([log_hz, 0.5 * (level + SILENT)]), np.array(
        [max(0.1, sounding[:, 0].std()), 0.5 * (level - SILENT)]
    )
