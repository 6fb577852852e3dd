"""The table of word pieces, and the file that it comes in."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hobnail.contracts import Float32
from hobnail.errors import ConfigError
from hobnail_plugins.text.spec import WIDTH

VERSION: Final = 1
PACKAGED: Final = "words.npz"

_CURE: Final = "Write it anew: hobnail-train text distil; or remove the setting: Hobnail brings a table of its own."


@dataclass(frozen=True, slots=True, eq=False)
class WordTable:
    """A vector for each word piece: 8 bits a number, a scale a row."""

    places: dict[str, int]  #: "##" begins a piece that goes on with a word
    steps: NDArray[np.int8]  #: [pieces, WIDTH]
    scales: NDArray[np.float32]  #: [pieces], above 0
    tells: NDArray[np.float32]  #: [pieces], how much a piece says: rare ones more

    def vectors(self, numbers: list[int]) -> Float32:
        """float32 [pieces, WIDTH]."""
        return np.asarray(self.steps[numbers].astype(np.float32) * self.scales[numbers, None])


def table_to(pieces: Sequence[str], vectors: Float32, tells: Float32) -> bytes:
    """A table as the bytes of an .npz file; the same numbers give the same bytes."""
    scales = np.maximum(np.abs(vectors).max(axis=1), 1e-6) / 127.0
    steps = np.rint(vectors / scales[:, None]).astype(np.int8)
    packed = io.BytesIO()
    np.savez_compressed(
        packed,
        version=np.asarray(VERSION),
        pieces=np.frombuffer("\n".join(pieces).encode(), np.uint8),
        steps=steps,
        scales=scales.astype(np.float32),
        tells=tells.astype(np.float32),
    )
    return packed.getvalue()


def table_from(data: bytes, *, source: str) -> WordTable:
    """A table from the bytes of an .npz file, checked. Raises ConfigError naming ``source`` and the fault."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as found:
            arrays = {name: found[name] for name in ("version", "pieces", "steps", "scales", "tells")}
        pieces = arrays["pieces"].tobytes().decode().split("\n")
    except (OSError, ValueError, EOFError, KeyError, AttributeError, zipfile.BadZipFile, zipfile.error) as error:
        raise ConfigError(f"{source}: not a whole table of words: {error}.", cure=_CURE) from error
    if arrays["version"].shape != () or arrays["version"] != VERSION:
        raise ConfigError(f"{source}: version is {arrays['version']}, expected {VERSION}.", cure=_CURE)
    places = {piece: place for place, piece in enumerate(pieces)}
    if len(places) != len(pieces):
        raise ConfigError(f"{source}: a piece is there twice.", cure=_CURE)
    shapes = {"steps": (np.int8, (len(pieces), WIDTH)), "scales": (np.float32, (len(pieces),))}
    shapes["tells"] = shapes["scales"]
    for name, (kind, shape) in shapes.items():
        array = arrays[name]
        if array.dtype != kind or array.shape != shape or not np.isfinite(array).all():
            expected = f"finite {np.dtype(kind)} {list(shape)}"
            raise ConfigError(
                f"{source}: {name} is {array.dtype} {list(array.shape)}, expected {expected}.", cure=_CURE
            )
    if not (arrays["scales"] > 0.0).all():
        raise ConfigError(f"{source}: scales hold a value that is not above 0.", cure=_CURE)
    return WordTable(places, arrays["steps"], arrays["scales"], arrays["tells"])


def packaged_bytes() -> bytes:
    """The file that comes with Hobnail."""
    return files("hobnail_plugins.text").joinpath("data", PACKAGED).read_bytes()


def read_table(path: Path | str) -> WordTable:
    """The table in a file; "" is the one that comes with Hobnail. Raises ConfigError."""
    if not path:
        return table_from(packaged_bytes(), source=f"the packaged {PACKAGED}")
    try:
        data = Path(path).expanduser().read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}.", cure=_CURE) from error
    return table_from(data, source=str(path))


def digest(data: bytes) -> str:
    """What names a table: bundles say which one they were trained with."""
    return hashlib.sha256(data).hexdigest()[:32]
