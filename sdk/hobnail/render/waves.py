"""WAV files with what broadcasters and editors look for: time reference (bext) and cue markers. Pure bytes.

::

    RIFF WAVE | bext (EBU Tech 3285) | fmt | fact (float only) | data | cue | LIST adtl (names of the cues)

Written by hand, since the usual library stamps float files with the time of day, and the same input must give the
same bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final, Literal

import msgspec
import numpy as np

from hobnail.contracts import Float32

Samples = Literal["pcm16", "pcm24", "float"]

BYTES: Final[dict[Samples, int]] = {"pcm16": 2, "pcm24": 3, "float": 4}
LIMIT_BYTES: Final = 2**32 - 2**20  # sizes stand in 32 bits; a mebibyte is left for markers
_PCM, _FLOAT = 1, 3
_NOT_GIVEN: Final = 0x7FFF


class Cue(msgspec.Struct, frozen=True, kw_only=True):
    """A named place in a sound file."""

    at: int  #: frame
    name: str


class Broadcast(msgspec.Struct, frozen=True, kw_only=True):
    """What goes into the chunk ``bext``. Dates are left out unless given: they would change the bytes."""

    time_reference: int = 0  #: frames from midnight to the first sample
    description: str = ""
    originator: str = "Hobnail"
    reference: str = ""
    date: str = ""  #: yyyy-mm-dd
    time: str = ""  #: hh:mm:ss
    loudness_lufs: float | None = None
    true_peak_db: float | None = None
    history: str = ""


def encode(block: Float32, samples: Samples) -> bytes:
    """float32 [frames, channels] -> little-endian samples, interleaved. What passes full scale is held there."""
    if samples == "float":
        return np.ascontiguousarray(block, "<f4").tobytes()
    most = 32767.0 if samples == "pcm16" else 8388607.0
    whole = np.rint(np.clip(block, -1.0, 1.0).astype(np.float64) * most)
    if samples == "pcm16":
        return np.asarray(whole, "<i2").tobytes()
    return np.ascontiguousarray(whole, "<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes()


def head(
    frames: int, *, channels: int, rate_hz: int, samples: Samples, broadcast: Broadcast | None, tail_bytes: int
) -> bytes:
    """Everything before the samples; ``tail_bytes`` of chunks will follow them."""
    width = BYTES[samples]
    kind = _FLOAT if samples == "float" else _PCM
    shape = struct.pack("<HHIIHH", kind, channels, rate_hz, rate_hz * channels * width, channels * width, 8 * width) + (
        struct.pack("<H", 0) if kind == _FLOAT else b""
    )
    chunks = b"" if broadcast is None else chunk(b"bext", bext(broadcast))
    chunks += chunk(b"fmt ", shape)
    if kind == _FLOAT:
        chunks += chunk(b"fact", struct.pack("<I", frames))
    size = frames * channels * width
    chunks += b"data" + struct.pack("<I", size)
    return b"RIFF" + struct.pack("<I", 4 + len(chunks) + size + size % 2 + tail_bytes) + b"WAVE" + chunks


def tail(cues: Sequence[Cue]) -> bytes:
    """The chunks after the samples: ``cue`` and the names."""
    if not cues:
        return b""
    points = [struct.pack("<II4sIII", number, cue.at, b"data", 0, 0, cue.at) for number, cue in enumerate(cues, 1)]
    labels = [
        chunk(b"labl", struct.pack("<I", number) + cue.name.encode("utf-8", "replace") + b"\0")
        for number, cue in enumerate(cues, 1)
    ]
    return chunk(b"cue ", struct.pack("<I", len(points)) + b"".join(points)) + chunk(
        b"LIST", b"adtl" + b"".join(labels)
    )


def chunk(name: bytes, data: bytes) -> bytes:
    """A RIFF chunk, padded to an even length."""
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def bext(broadcast: Broadcast) -> bytes:
    """Version 2 of the chunk (EBU Tech 3285): 602 bytes and the coding history."""
    loudness = struct.pack(
        "<hhhhh",
        _hundredths(broadcast.loudness_lufs),
        _NOT_GIVEN,
        _hundredths(broadcast.true_peak_db),
        _NOT_GIVEN,
        _NOT_GIVEN,
    )
    return (
        _text(broadcast.description, 256)
        + _text(broadcast.originator, 32)
        + _text(broadcast.reference, 32)
        + _text(broadcast.date, 10)
        + _text(broadcast.time, 8)
        + struct.pack("<QH", broadcast.time_reference, 2)
        + bytes(64)
        + loudness
        + bytes(180)
        + broadcast.history.encode("ascii", "replace")
    )


def _text(text: str, size: int) -> bytes:
    return text.encode("ascii", "replace")[:size].ljust(size, b"\0")


def _hundredths(value: float | None) -> int:
    return _NOT_GIVEN if value is None else max(-32768, min(32766, round(100.0 * value)))
