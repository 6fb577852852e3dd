"""Sounds to rows, in whatever process: clips of packs to latents, scenes to latents and what is seen."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hobnail.audio import HOP_FRAMES, RATE_HZ
from hobnail.contracts import Codec, Float32
from hobnail_trainer.corpus.model import Clip
from hobnail_trainer.corpus.pack import FULL_SCALE
from hobnail_trainer.corpus.pack import STORED as SAMPLE
from hobnail_trainer.errors import FeedError
from hobnail_trainer.feed.marks import Marks, marks

STORED: Final[np.dtype[np.float16]] = np.dtype("<f2")
MakeCodec = Callable[[], Codec]


class Encoded(NamedTuple):
    """One sound. Its last hop lies behind its end and holds what the codec's windows smear there."""

    latents: NDArray[np.float16]  #: [hops, dimensions]
    marks: Marks


@dataclass(frozen=True, slots=True)
class ClipEncoding:
    """Encodes clips of a pack, each as loud as training hears it."""

    pack: Path
    make: MakeCodec  #: a prepared codec

    def __call__(self, clips: Sequence[Clip]) -> list[Encoded]:
        """Raises FeedError."""
        codec = self.make()
        return [encode(codec, _samples(self.pack, clip), clip.onset_frames, clip.id) for clip in clips]


def encode(codec: Codec, samples: Float32, onset_frames: Sequence[int], name: str) -> Encoded:
    """float32 [frames], mono 48 kHz, with one hop of silence behind. Raises FeedError naming the sound."""
    padded = np.concatenate([samples, np.zeros(HOP_FRAMES, np.float32)])
    latents, _ = codec.encode(padded, codec.begin_encoding(), last=True)
    return Encoded(_stored(latents, codec, name), marks(samples, onset_frames, len(latents)))


def silence_of(codec: Codec) -> Float32:
    """The latent of digital silence, float32 [dimensions]."""
    latents, _ = codec.encode(np.zeros(16 * HOP_FRAMES, np.float32), codec.begin_encoding(), last=True)
    return np.asarray(latents[8])


def codec_print(codec: Codec) -> str:
    """What names a codec with its tables: the digest of its latents of a fixed sound, to 16 bits."""
    spec = codec.spec
    if (spec.rate_hz, spec.hop_frames) != (RATE_HZ, HOP_FRAMES):
        raise FeedError(
            f"codec {spec.id!r} has hops of {spec.hop_frames} frames at {spec.rate_hz} Hz, expected {HOP_FRAMES} at "
            f"{RATE_HZ} Hz: all streams of a feed share one clock.",
            cure="Choose a codec with that hop, such as 'linear'.",
        )
    frames = np.arange(RATE_HZ // 4)
    tone = np.sin(frames * (2.0 * np.pi * 440.0 / RATE_HZ)) * np.exp(-frames / 4800.0)
    noise = np.random.default_rng(1).uniform(-0.1, 0.1, frames.size)
    latents, _ = codec.encode((0.5 * tone + noise).astype(np.float32), codec.begin_encoding(), last=True)
    return hashlib.sha256(spec.id.encode() + _stored(latents, codec, "a fixed sound").tobytes()).hexdigest()[:16]


def _stored(latents: Float32, codec: Codec, name: str) -> NDArray[np.float16]:
    if not float(np.abs(latents).max(initial=0.0)) <= float(np.finfo(np.float16).max):
        raise FeedError(
            f"{name!r}: a latent of {codec.spec.id!r} is not finite or does not fit 16 bits.",
            cure="Report it to the codec's authors; latents are expected around 1.",
        )
    return latents.astype(STORED)


def _samples(pack: Path, clip: Clip) -> Float32:
    """A clip of a pack as loud as training hears it, float32 [frames]; a changed one may go beyond full scale."""
    try:
        with (pack / clip.audio).open("rb") as file:
            file.seek(clip.at_frame * SAMPLE.itemsize)
            data = file.read(clip.frames * SAMPLE.itemsize)
    except OSError as error:
        raise FeedError(
            f"{pack / clip.audio}: cannot be read: {error.strerror}.", cure="Write the pack again."
        ) from error
    if len(data) != clip.frames * SAMPLE.itemsize:
        raise FeedError(f"{pack / clip.audio}: ends inside of clip {clip.id!r}.", cure="Write the pack again.")
    gain = np.float32(10.0 ** (clip.level_db / 20.0) / FULL_SCALE)
    return np.frombuffer(data, SAMPLE).astype(np.float32) * gain
