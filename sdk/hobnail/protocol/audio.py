"""Sound on the audio socket: in three ZeroMQ frames, topic, header map and samples; or where memory is shared."""

from __future__ import annotations

from typing import Literal

import msgspec
import numpy as np

from hobnail.contracts import Float32
from hobnail.errors import MessageError
from hobnail.protocol.faults import message_error

TOPIC_PREFIX = "pcm/"
SHARED_PREFIX = "shm/"
MIX = "mix"


class AudioHeader(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the samples are. The next chunk of the topic begins at ``at + frames``, unless sound was lost."""

    at: int  #: session frame of the first sample
    rate: int
    channels: int
    frames: int
    format: Literal["f32le"] = "f32le"


class SharedHeader(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a topic's newest sound is, in memory of this machine."""

    memory: str  #: its name, as POSIX ``shm_open`` takes it behind a slash
    rate: int
    channels: int
    frames: int  #: so many it holds; what lies where says docs/protocol.md
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


def name_of(topic: bytes, prefix: str = TOPIC_PREFIX) -> str | None:
    """What a topic asks for; None when it is no audio topic with this prefix."""
    try:
        text = topic.decode()
    except UnicodeDecodeError:
        return None
    return text.removeprefix(prefix) if text.startswith(prefix) and len(text) > len(prefix) else None


def encode_audio(name: str, chunk: AudioChunk) -> list[bytes]:
    """The three frames of a chunk."""
    frames, channels = chunk.samples.shape
    header = AudioHeader(at=chunk.at, rate=chunk.rate, channels=channels, frames=frames)
    return [topic_of(name), _encoder.encode(header), np.ascontiguousarray(chunk.samples, dtype="<f4").tobytes()]


def encode_shared(name: str, header: SharedHeader) -> list[bytes]:
    """The two frames that tell where the sound is."""
    return [f"{SHARED_PREFIX}{name}".encode(), _encoder.encode(header)]


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
