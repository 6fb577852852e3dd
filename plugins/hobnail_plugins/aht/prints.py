"""A codec's print: which codec with which tables, told by what it makes of a fixed sound."""

from __future__ import annotations

import hashlib

import numpy as np

from hobnail.audio import RATE_HZ
from hobnail.contracts import Codec


def codec_print(codec: Codec) -> str:
    """Digest of its latents of a quarter of a second, to 16 bits; the same as feeds carry. [control]"""
    frames = np.arange(RATE_HZ // 4)
    tone = np.sin(frames * (2.0 * np.pi * 440.0 / RATE_HZ)) * np.exp(-frames / 4800.0)
    noise = np.random.default_rng(1).uniform(-0.1, 0.1, frames.size)
    latents, _ = codec.encode((0.5 * tone + noise).astype(np.float32), codec.begin_encoding(), last=True)
    return hashlib.sha256(codec.spec.id.encode() + latents.astype("<f2").tobytes()).hexdigest()[:16]
