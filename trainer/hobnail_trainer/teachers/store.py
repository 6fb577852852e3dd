"""A teacher's features of every sound of a feed or a corpus, on the hop clock, for training without hearing anything.

::

    STORE/<split>/<part>/features.f16    float16, little-endian, [hops, dims], sounds one after the other
    STORE/<split>/<part>/moments.f32     float32 [sounds, 2, dims]: mean and unbiased deviation over each sound's hops
    STORE/<split>/<part>/features.json   whose they are, and where each sound begins; written last

Beside a feed, ids, order, first rows and numbers of hops are those of the feed's own index: row n here is hop n there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from hobnail_trainer.corpus.files import disk_error, write_whole
from hobnail_trainer.errors import TeacherError
from hobnail_trainer.teachers.contract import Features, Teacher

FEATURES, MOMENTS, INDEX = "features.f16", "moments.f32", "features.json"
STORED: Final[np.dtype[np.float16]] = np.dtype("<f2")
SINGLE: Final[np.dtype[np.float32]] = np.dtype("<f4")
VERSION: Final = 1
_CURE: Final = "Write them again: hobnail-train teacher encode."

Number = TypeVar("Number", bound=np.generic)


class Place(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, array_like=True):
    """Where a sound's features are."""

    id: str
    first: int  #: row
    hops: int


class FeatureIndex(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a part of a store is."""

    format: str = "hobnail-teacher-features"
    version: int = VERSION
    teacher: str  #: its name
    digest: str  #: of its weights
    licence: str
    rate_hz: float  #: its own, before it was put on hops
    dims: int
    made_of: str  #: digest of the feed's part or the corpus
    hops: int
    sha256: str  #: of the features
    sounds: tuple[Place, ...]


@dataclass(frozen=True, slots=True, eq=False)
class FeaturePart:
    """Open. Rows come straight from the file."""

    index: FeatureIndex
    rows: NDArray[np.float16]  #: [hops, dims]
    moments: NDArray[np.float32]  #: [sounds, 2, dims]

    def features(self, place: Place) -> Features:
        """Of one sound, float32 [hops, dims]."""
        return self.rows[place.first : place.first + place.hops].astype(np.float32)


def write_features(
    folder: Path, teacher: Teacher, made_of: str, sounds: Iterable[tuple[str, Features]]
) -> FeatureIndex:
    """Write one part: ids with features float32 [hops, dims] each. Raises CorpusError, TeacherError."""
    partial, digest = folder / f"{FEATURES}.part", hashlib.sha256()
    places, moments, first = list[Place](), list[Features](), 0
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / INDEX).unlink(missing_ok=True)
        with partial.open("wb") as file:
            for id, features in sounds:
                data = _stored(features, teacher, id).tobytes()
                file.write(data)
                digest.update(data)
                places.append(Place(id=id, first=first, hops=len(features)))
                moments.append(moments_of(features))
                first += len(features)
        partial.replace(folder / FEATURES)
    except OSError as error:
        raise disk_error(folder / FEATURES, error) from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
    index = FeatureIndex(
        teacher=teacher.name,
        digest=teacher.digest,
        licence=teacher.licence,
        rate_hz=teacher.rate_hz,
        dims=teacher.dims,
        made_of=made_of,
        hops=first,
        sha256=digest.hexdigest(),
        sounds=tuple(places),
    )
    whole = np.stack(moments) if moments else np.zeros((0, 2, teacher.dims), np.float32)
    write_whole(folder / MOMENTS, np.ascontiguousarray(whole, SINGLE).tobytes())
    write_whole(folder / INDEX, msgspec.json.encode(index))
    return index


def kept_features(folder: Path, teacher: Teacher, made_of: str) -> FeatureIndex | None:
    """The index of a part that is there, whole, of this teacher and made of the same; else None."""
    try:
        index = open_features(folder).index
    except TeacherError:
        return None
    return index if (index.digest, index.made_of) == (teacher.digest, made_of) else None


def open_features(folder: Path, *, digest: str | None = None) -> FeaturePart:
    """Open one part. ``digest``: the teacher that it must be of. Raises TeacherError."""
    try:
        index = msgspec.json.decode((folder / INDEX).read_bytes(), type=FeatureIndex)
        sizes = (folder / FEATURES).stat().st_size, (folder / MOMENTS).stat().st_size
        expected = (
            index.hops * index.dims * STORED.itemsize,
            len(index.sounds) * 2 * index.dims * SINGLE.itemsize,
        )
        if (index.version, sizes) != (VERSION, expected):
            raise TeacherError(f"{folder}: version {index.version}, {sizes} bytes, expected {expected}.", cure=_CURE)
        if digest is not None and digest != index.digest:
            raise TeacherError(
                f"{folder}: features of the teacher {index.digest[:12]}, expected {digest[:12]}.",
                cure="Go on with the teacher that the run was started with, or encode anew.",
            )
        rows = _mapped(folder / FEATURES, STORED, (index.hops, index.dims))
        moments = _mapped(folder / MOMENTS, SINGLE, (len(index.sounds), 2, index.dims))
    except (OSError, ValueError, msgspec.DecodeError) as error:
        raise TeacherError(f"{folder}: no features that can be read: {error}.", cure=_CURE) from error
    return FeaturePart(index, rows, moments)


def moments_of(features: Features) -> Features:
    """Mean and unbiased standard deviation over hops, float32 [2, dims]; a single hop deviates by 0."""
    rows = features.astype(np.float64)
    deviation = rows.std(axis=0, ddof=1) if len(rows) > 1 else np.zeros(rows.shape[1])
    return np.stack([rows.mean(axis=0), deviation]).astype(np.float32)


def _stored(features: Features, teacher: Teacher, id: str) -> NDArray[np.float16]:
    if features.ndim != 2 or features.shape[1] != teacher.dims or not len(features):
        raise TeacherError(
            f"{id!r}: {teacher.name} gave the shape {list(features.shape)}, expected [hops, {teacher.dims}].",
            cure="Report it to the teacher's authors.",
        )
    if not float(np.abs(features).max()) <= float(np.finfo(np.float16).max):
        raise TeacherError(
            f"{id!r}: a feature of {teacher.name} is not finite or does not fit 16 bits.",
            cure="Report it to the teacher's authors; features are expected around 1.",
        )
    return np.ascontiguousarray(features, STORED)


def _mapped(path: Path, dtype: np.dtype[Number], shape: tuple[int, ...]) -> NDArray[Number]:
    """A file as an array, not read yet; memory maps of nothing are not allowed."""
    if not shape[0]:
        return np.zeros(shape, dtype)
    return np.asarray(np.memmap(path, dtype=dtype, mode="r", shape=shape))
