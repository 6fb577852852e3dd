"""Sound on the audio socket: a topic, a header map and float32 samples, as three ZeroMQ frames."""

from __future__ import annotations

from typing import Literal

import msgspec
import numpy as np

from hobnail.contracts import Float32
from hobnail.errors import MessageError
from hobnail.protocol.faults import message_error

TOPIC_PREFIX = "pcm/"
MIX = "mix"


class AudioHeader(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the samples are. The next chunk of the topic begins at ``at + frames``, unless sound was lost."""

    at: int  #: session frame of the first sample
    rate: int
    channels: int
    frames: int
    format: Literal["f32le"] = "f32le"


class AudioChunk(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of sound: float32 [frames, channels], beginning at session frame ``at``."""

    at: int
    rate: int
    samples: Float32


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(AudioHeader)


def topic_of(name: str) -> bytes:
    """The topic of the mix (``"mix"``) or of an emitter."""
    return f"{TOPIC_PREFIX}{name}".encode()


def name_of(topic: bytes) -> str | None:
    """What a topic asks for; None when it is no audio topic."""
    try:
        text = topic.decode()
    except UnicodeDecodeError:
        return None
    return text.removeprefix(TOPIC_PREFIX) if text.startswith(TOPIC_PREFIX) and len(text) > len(TOPIC_PREFIX) else None


def encode_audio(name: str, chunk: AudioChunk) -> list[bytes]:
    """The three frames of a chunk."""
    frames, channels = chunk.samples.shape
    header = AudioHeader(at=chunk.at, rate=chunk.rate, channels=channels, frames=frames)
    return [topic_of(name), _encoder.encode(header), np.ascontiguousarray(chunk.samples, dtype="<f4").tobytes()]


def decode_audio(parts: list[bytes]) -> AudioChunk:
    """The chunk in three frames, or :class:`MessageError`."""
    if len(parts) != 3:
        cure = "Expect topic, header and samples."
        raise MessageError("malformed", f"An audio message has {len(parts)} frames.", cure=cure)
    try:
        header = _decoder.decode(parts[1])
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise message_error(error) from error
    if min(header.at, header.frames, header.channels - 1, header.rate - 1) < 0:
        raise MessageError("out_of_range", "The header has a negative number.", cure="Expect numbers from 0.")
    if len(parts[2]) != 4 * header.frames * header.channels:
        problem = f"{len(parts[2])} bytes of sound; {header.frames} x {header.channels} float32 are expected."
        raise MessageError("out_of_range", problem, path="$.frames", cure="Expect 4 bytes per sample.")
    samples = np.frombuffer(parts[2], dtype="<f4").astype(np.float32, copy=False)
    return AudioChunk(at=header.at, rate=header.rate, samples=samples.reshape(header.frames, header.channels))
