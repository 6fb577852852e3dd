"""A codec's print: which codec with which tables, told by what it makes of a fixed sound.

Processors round sums in different ways, so a print is numbers that are compared, not a digest of them: latents of one
sound agree to five digits everywhere, those of other tables differ in the first.
"""

from __future__ import annotations

import hashlib
from typing import Final

import numpy as np

from hobnail.audio import RATE_HZ
from hobnail.contracts import Codec, Float32

CLOSE: Final = 0.01
"""Between two prints of one codec, at most; latents spread around 1, and prints have three decimals."""


def codec_print(codec: Codec) -> str:
    """Its latents of a quarter of a second, the mean of each dimension: numbers with a blank between. [control]"""
    return " ".join(f"{value:.3f}" for value in _latents(codec).mean(axis=0, dtype=np.float64))


def codec_digest(codec: Codec) -> str:
    """Digest of the same latents to 16 bits, as feeds and older bundles have it: good on one kind of processor."""
    return hashlib.sha256(codec.spec.id.encode() + _latents(codec).astype("<f2").tobytes()).hexdigest()[:16]


def is_printed(codec: Codec, wanted: str) -> bool:
    """Whether ``wanted``, a print or a digest, is this codec's. [control]"""
    found = _numbers(wanted)
    if found is None:
        return wanted == codec_digest(codec)
    own = _latents(codec).mean(axis=0, dtype=np.float64)
    return len(found) == len(own) and bool(np.abs(found - own).max(initial=0.0) <= CLOSE)


def _numbers(text: str) -> np.ndarray | None:
    """A print's numbers; None: it is something else."""
    try:
        return np.array([float(part) for part in text.split(" ")]) if " " in text else None
    except ValueError:
        return None


def _latents(codec: Codec) -> Float32:
    """float32 [hops, dimensions]"""
    frames = np.arange(RATE_HZ // 4)
    tone = np.sin(frames * (2.0 * np.pi * 440.0 / RATE_HZ)) * np.exp(-frames / 4800.0)
    noise = np.random.default_rng(1).uniform(-0.1, 0.1, frames.size)
    latents, _ = codec.encode((0.5 * tone + noise).astype(np.float32), codec.begin_encoding(), last=True)
    return latents
