"""What a codec's latents are like: the numbers that a generator will have to make."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from hobnail.contracts import CodecSpec, Float32
from hobnail_trainer.codec.model import Latents

LAGS: Final = (1, 2, 4, 8, 16, 32)  #: hops


def latent_statistics(spec: CodecSpec, latents: Sequence[Float32], sounding: Sequence[np.ndarray]) -> Latents:
    """Statistics of float32 [hops, dimensions] of many sounds; ``sounding``: bool [hops] of each, which hops count."""
    rows = np.concatenate([each[mask] for each, mask in zip(latents, sounding, strict=True)]).astype(np.float64)
    mean, sd = rows.mean(axis=0), rows.std(axis=0)
    scaled = (rows - mean) / np.maximum(sd, 1e-9)
    return Latents(
        hops=len(rows),
        mean=_rounded(mean),
        sd=_rounded(sd),
        kurtosis=_rounded((scaled**4).mean(axis=0)),
        correlation=[_rounded(row) for row in scaled.T @ scaled / len(scaled)],
        lags_ms=[1000.0 * lag / spec.latents_hz for lag in LAGS],
        autocorrelation=[_rounded(_at_lag(latents, sounding, lag, mean, sd)) for lag in LAGS],
    )


def _at_lag(
    latents: Sequence[Float32], sounding: Sequence[np.ndarray], lag: int, mean: np.ndarray, sd: np.ndarray
) -> np.ndarray:
    """Correlation of each dimension with itself ``lag`` hops later, where both sound; 0 where nothing is that long."""
    total, count = np.zeros(mean.size), 0
    for each, mask in zip(latents, sounding, strict=True):
        both = mask[lag:] & mask[:-lag] if len(mask) > lag else np.zeros(0, bool)
        if both.any():
            scaled = (each - mean) / np.maximum(sd, 1e-9)
            total += (scaled[lag:][both] * scaled[:-lag][both]).sum(axis=0)
            count += int(both.sum())
    return total / max(1, count)


def sounding_hops(samples: Float32, hop: float, hops: int, *, quiet: float = 1e-3) -> np.ndarray:
    """bool [hops]: whose samples reach ``quiet``; ``hop`` in samples of this sound."""
    edges = np.minimum((np.arange(hops) * hop).astype(int), samples.size - 1)
    return np.asarray(np.maximum.reduceat(np.abs(samples), edges) >= quiet)


def _rounded(values: np.ndarray) -> list[float]:
    return [round(float(value), 4) for value in values]
