"""A small corpus, a judge that needs no weights, and a codec that keeps every sample."""

import numpy as np
import pytest
import soundfile

from hobnail.contracts import CodecSpec

from ..tiny_corpus import LEAD, RATE_HZ, tiny_clips, write_tiny_corpus


class BandJudge:
    """Hears levels in eight bands."""

    name = "bands"
    rate_hz = 48_000
    dimensions = 8

    def embed(self, samples):
        power = np.abs(np.fft.rfft(samples)) ** 2
        return np.log([part.sum() + 1e-6 for part in np.array_split(power, 8)]).astype(np.float32)

    def embed_many(self, sounds):
        return np.stack([self.embed(samples) for samples in sounds])


class PlainCodec:
    """Latents are the samples themselves, 100 to a hop."""

    kind = "codec"

    def __init__(self, rate_hz=48_000):
        self.spec = CodecSpec(
            id="plain",
            help="keeps every sample",
            rate_hz=rate_hz,
            hop_frames=100,
            dimensions=100,
            lookahead_frames=0,
            lag_frames=0,
        )

    def prepare(self):
        pass

    def begin_encoding(self):
        return None

    def encode(self, samples, state, *, last=False):
        return np.pad(samples, (0, -len(samples) % 100)).reshape(-1, 100), state

    def begin_decoding(self, seed):
        return seed

    def decode(self, latents, state, *, last=False):
        return latents.ravel(), state


def struck(number, frames):
    """A knock with three modes, no two alike, after the lead."""
    chance = np.random.default_rng(number)
    t = np.arange(frames - LEAD) / RATE_HZ
    knock = chance.normal(0.0, 0.3, t.size) * np.exp(-t / 0.004)
    modes = chance.uniform(300.0, 6000.0, 3)
    ring = sum(0.2 * np.sin(2 * np.pi * hz * t) * np.exp(-t / 0.03) for hz in modes)
    return np.concatenate([np.zeros(LEAD), 0.8 * (knock + ring)]).clip(-1.0, 1.0).astype(np.float32)


def write_corpus(folder):
    """The tiny corpus, its clicks replaced by knocks."""
    write_tiny_corpus(folder)
    for number, (clip, _) in enumerate(tiny_clips()):
        if clip.category not in ("water", "machine"):
            soundfile.write(folder / clip.audio, struck(number, clip.frames), RATE_HZ, subtype="PCM_16")
    return folder


@pytest.fixture(scope="session")
def corpus(tmp_path_factory):
    return write_corpus(tmp_path_factory.mktemp("codec-corpus"))
