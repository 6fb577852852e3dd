"""Reads the video that the game wrote: counts its pictures and takes out its sound."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hobnail.errors import TraceError

GAME_RATE_HZ: Final = 44_100
_PICTURE, _SOUND, _INDEX = b"00dc", b"01wb", b"idx1"


@dataclass(frozen=True, slots=True)
class Clip:
    """What is in the file; the pictures stay there."""

    pictures: int
    sound: NDArray[np.int16]  #: [frames, 2] at 44.1 kHz, interleaved


def read_clip(path: Path) -> Clip:
    """Read an AVI file of the game. Raises TraceError."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TraceError(f"{path}: cannot be read: {error.strerror}.", cure="Record the match again.") from error
    at = data.find(b"movi") + 4
    if not data.startswith(b"RIFF") or at < 4:
        raise TraceError(f"{path}: not an AVI file.", cure="Give the file that the game wrote.")
    pictures, pieces = 0, []
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        if name == _INDEX:
            break
        if name == _PICTURE:
            pictures += 1
        elif name == _SOUND:
            pieces.append(data[at + 8 : at + 8 + size])
        at += 8 + size + size % 2
    sound = np.frombuffer(b"".join(pieces), dtype="<i2")
    return Clip(pictures, sound[: sound.size // 2 * 2].reshape(-1, 2).astype(np.int16))
