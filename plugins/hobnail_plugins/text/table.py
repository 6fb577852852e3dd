"""The table of word pieces, and the file that it comes in."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hobnail.contracts import Float32
from hobnail.errors import PluginError
from hobnail_plugins.text.spec import WIDTH

VERSION: Final = 1
PACKAGED: Final = "words.npz"
_CURE: Final = "Install hobnail again, or write the table anew: hobnail-train text distil."


@dataclass(frozen=True, slots=True, eq=False)
class WordTable:
    """A vector for each word piece: 8 bits a number, a scale a row."""

    places: dict[str, int]
    steps: NDArray[np.int8]  #: [pieces, WIDTH]
    scales: NDArray[np.float32]  #: [pieces], above 0
    tells: NDArray[np.float32]  #: [pieces], how much a piece says: rare ones more

    def vectors(self, numbers: list[int]) -> Float32:
        """float32 [pieces, WIDTH]."""
        return self.steps[numbers].astype(np.float32) * self.scales[numbers, None]


def table_to(pieces: list[str], vectors: Float32, tells: Float32) -> bytes:
    """A table as the bytes of an .npz file."""
    scales = np.maximum(np.abs(vectors).max(axis=1), 1e-6) / 127.0
    steps = np.rint(vectors / scales[:, None]).astype(np.int8)
    packed = io.BytesIO()
    names = np.frombuffer("\n".join(pieces).encode(), np.uint8)
    np.savez_compressed(
        packed, version=VERSION, pieces=names, steps=steps, scales=scales.astype(np.float32), tells=tells.astype(np.float32)
    )
    return packed.getvalue()


def table_from(data: bytes, *, source: str) -> WordTable:
    """A table from the bytes of an .npz file, checked. Raises PluginError."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as found:
            arrays = {name: found[name] for name in ("version", "pieces", "steps", "scales", "tells")}
        pieces = arrays["pieces"].tobytes().decode().split("\n")
    except (OSError, ValueError, EOFError, KeyError, UnicodeDecodeError, zipfile.BadZipFile) as error:
        raise PluginError(f"{source}: not a whole table of words: {error}.", plugin="text", cure=_CURE) from error
    shapes = {"steps": (len(pieces), WIDTH), "scales": (len(pieces),), "tells": (len(pieces),)}
    for name, shape in shapes.items():
        if arrays[name].shape != shape or not np.isfinite(arrays[name]).all():
            raise PluginError(
                f"{source}: {name} is {list(arrays[name].shape)}, expected finite {list(shape)}.", plugin="text", cure=_CURE
            )
    if int(arrays["version"]) != VERSION:
        raise PluginError(f"{source}: version {arrays['version']}, expected {VERSION}.", plugin="text", cure=_CURE)
    places = {piece: place for place, piece in enumerate(pieces)}
    return WordTable(places, arrays["steps"], arrays["scales"], arrays["tells"])


def packaged_bytes() -> bytes:
    """The file that comes with Hobnail."""
    return files("hobnail_plugins.text").joinpath("data", PACKAGED).read_bytes()


def digest(data: bytes) -> str:
    """What names a table: bundles say which one they were trained with."""
    return hashlib.sha256(data).hexdigest()[:32]
