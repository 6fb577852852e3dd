"""The linear codec's tables, and the file that they come in."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, fields
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import numpy as np

from hobnail.contracts import Float32
from hobnail.errors import CodecError
from hobnail_plugins.codec.spec import BAND_VALUES, MOST_PARTIALS, RATES

VERSION: Final = 2
PACKAGED: Final = "linear.npz"

_CURE = "Write it again with `hobnail-train codec fit`, or remove the setting: Hobnail brings tables of its own."


@dataclass(frozen=True, slots=True, eq=False)
class LinearTables:
    """A weighted principal component analysis of band values, and the scale of partials. All float32."""

    kept: int  #: components in a latent; the others are drawn by chance
    partials: int
    mean: Float32  #: [BAND_VALUES], of the band values
    weight: Float32  #: [BAND_VALUES], how much an error in each counts
    basis: Float32  #: [BAND_VALUES, BAND_VALUES], orthonormal columns, strongest first, of weighted values
    spread: Float32  #: [BAND_VALUES], standard deviation along each column
    shares: Float32  #: [BAND_VALUES, 4], how each column's variance divides over the four rates of forgetting
    partial_mean: Float32  #: [2], of log frequency and log amplitude
    partial_spread: Float32  #: [2]


def packaged_tables() -> LinearTables:
    """Those that come with Hobnail."""
    data = files("hobnail_plugins.codec").joinpath("data", PACKAGED).read_bytes()
    return tables_from(data, source=f"the packaged {PACKAGED}")


def read_tables(path: Path | str) -> LinearTables:
    """The tables in a file. Raises CodecError."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise CodecError(f"{path}: cannot be read: {error.strerror}.", cure=_CURE) from error
    return tables_from(data, source=str(path))


def tables_to(tables: LinearTables) -> bytes:
    """Tables as the bytes of an .npz file; the same tables give the same bytes."""
    packed = io.BytesIO()
    arrays: dict[str, Any] = {field.name: np.asarray(getattr(tables, field.name)) for field in fields(tables)}
    np.savez_compressed(packed, version=np.asarray(VERSION), **arrays)  # members carry a fixed date
    return packed.getvalue()


def tables_from(data: bytes, *, source: str) -> LinearTables:
    """Tables from the bytes of an .npz file, checked. Raises CodecError naming ``source`` and the fault."""
    names = {field.name for field in fields(LinearTables)}
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as found:
            arrays = {name: found[name] for name in found.files}
    except (OSError, ValueError, EOFError, KeyError, AttributeError, zipfile.BadZipFile) as error:
        raise CodecError(f"{source}: not a whole .npz file: {error}.", cure=_CURE) from error
    if (version := arrays.pop("version", None)) is None or version.shape != () or version != VERSION:
        raise CodecError(f"{source}: version is {version}, expected {VERSION}.", cure=_CURE)
    if set(arrays) != names:
        raise CodecError(f"{source}: holds {sorted(arrays)}, expected {sorted(names)}.", cure=_CURE)
    if problem := _problem(arrays):
        raise CodecError(f"{source}: {problem}.", cure=_CURE)
    kept, partials = int(arrays.pop("kept")), int(arrays.pop("partials"))
    return LinearTables(kept=kept, partials=partials, **arrays)


def _problem(arrays: dict[str, np.ndarray]) -> str:
    """Why arrays cannot be tables; empty when they can."""
    limits = {"kept": (1, BAND_VALUES), "partials": (0, MOST_PARTIALS)}
    for name, (low, high) in limits.items():
        value = arrays[name]
        if value.shape != () or value.dtype.kind != "i" or not low <= int(value) <= high:
            return f"{name} is {value!s:.40}, expected a whole number {low}..{high}"
    shapes = {
        "basis": (BAND_VALUES, BAND_VALUES),
        "shares": (BAND_VALUES, len(RATES)),
        "partial_mean": (2,),
        "partial_spread": (2,),
    }
    for name in arrays.keys() - limits.keys():
        value, shape = arrays[name], shapes.get(name, (BAND_VALUES,))
        if value.shape != shape or value.dtype != np.float32:
            return f"{name} is {value.dtype} {list(value.shape)}, expected float32 {list(shape)}"
        if not np.isfinite(value).all():
            return f"{name} holds NaN or infinity"
    return _out_of_range(arrays)


def _out_of_range(arrays: dict[str, np.ndarray]) -> str:
    """Why numbers of the right shape cannot be tables; empty when they can."""
    for name in ("weight", "partial_spread"):
        if not (arrays[name] > 0.0).all():
            return f"{name} holds a value that is not above 0"
    if not (arrays["shares"] >= 0.0).all():
        return "shares hold a negative value"
    kept = int(arrays["kept"])
    if not (arrays["spread"] >= 0.0).all() or not (arrays["spread"][:kept] > 0.0).all():
        return "spread holds a negative value, or 0 among those that are kept"
    return ""
