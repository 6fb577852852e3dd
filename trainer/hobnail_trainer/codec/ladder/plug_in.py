"""Any codec of a plug-in as a rung of the ladder."""

from __future__ import annotations

import numpy as np

from hobnail.audio import RATE_HZ
from hobnail.contracts import Codec, Float32
from hobnail.errors import MissingExtraError
from hobnail_trainer.codec.ladder.rung import Rung
from hobnail_trainer.corpus.sound import Samples


def codec_rung(codec: Codec) -> Rung:
    """A rung that encodes and decodes; ``codec`` has been prepared."""
    spec = codec.spec

    def render(samples: Samples, seed: int) -> Samples:
        latents = encoded(codec, samples)
        decoded, _ = codec.decode(latents, codec.begin_decoding(seed), last=True)
        return _fitted(_resampled(decoded, spec.rate_hz, RATE_HZ), samples.size)

    lag_ms = None if spec.lag_frames is None else 1000.0 * spec.lag_frames / spec.rate_hz
    return Rung(spec.id, spec.help, render, spec.dimensions, spec.latents_hz, lag_ms)


def encoded(codec: Codec, samples: Samples) -> Float32:
    """Latents of mono 48 kHz, float32 [hops, dimensions]."""
    heard = _resampled(samples, RATE_HZ, codec.spec.rate_hz)
    latents, _ = codec.encode(heard, codec.begin_encoding(), last=True)
    return latents


def _fitted(samples: Samples, frames: int) -> Samples:
    return np.pad(samples[:frames], (0, max(0, frames - samples.size)))


def _resampled(samples: Samples, from_hz: int, to_hz: int) -> Samples:
    if from_hz == to_hz:
        return samples
    try:
        import soxr
    except ImportError as error:
        raise MissingExtraError("A codec at another rate", extra="train") from error
    return np.asarray(soxr.resample(samples, from_hz, to_hz, quality="HQ"), dtype=np.float32)
