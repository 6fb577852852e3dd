"""Features for a batch of blocks: what training asks for, by the ids and first hops that a feed's batch names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hobnail_trainer.errors import TeacherError
from hobnail_trainer.reading import TrainingSplit
from hobnail_trainer.teachers.contract import Features
from hobnail_trainer.teachers.store import INDEX, FeaturePart, open_features


@dataclass(frozen=True, slots=True, eq=False)
class FeatureBlocks:
    """B blocks of T hops, D numbers a hop."""

    features: Features  #: [B, T, D]; 0 where nothing is known
    mask: NDArray[
        np.bool_
    ]  #: [B, T], true inside the sound; false after its end, and all of a sound that is not stored
    mean: Features  #: [B, D], over the whole sound
    sd: Features  #: [B, D], likewise, unbiased


class FeatureStore:
    """Every part of one split. Rows come straight from the files. [any thread]"""

    def __init__(self, parts: Sequence[FeaturePart]) -> None:
        """Parts of one teacher. Raises TeacherError."""
        if len({(part.index.digest, part.index.dims) for part in parts}) != 1:
            names = ", ".join(sorted({f"{part.index.teacher} {part.index.digest[:12]}" for part in parts})) or "none"
            raise TeacherError(f"the parts are of different teachers: {names}.", cure="Encode all with one.")
        first = parts[0].index
        self.teacher, self.digest, self.dims, self.licence = first.teacher, first.digest, first.dims, first.licence
        self.made_of = frozenset(part.index.made_of for part in parts)  #: digests of a feed's parts
        self._places = {place.id: (part, number) for part in parts for number, place in enumerate(part.index.sounds)}

    @classmethod
    def open(cls, folder: Path, split: TrainingSplit, *, digest: str | None = None) -> FeatureStore:
        """What ``teacher encode`` left. ``digest``: the teacher that it must be of. Raises TeacherError."""
        parts = sorted(each.parent for each in (folder / split).glob(f"*/{INDEX}"))
        if not parts:
            raise TeacherError(f"{folder}: has nothing of {split}.", cure="Write it: hobnail-train teacher encode.")
        return cls([open_features(part, digest=digest) for part in parts])

    def __contains__(self, id: str) -> bool:
        """Whether a sound is stored."""
        return id in self._places

    def blocks(self, ids: Sequence[str], first: Sequence[int] | NDArray[np.int32], hops: int) -> FeatureBlocks:
        """Of blocks of so many hops that begin at hop ``first`` of their sounds, 0 or later."""
        shape = (len(ids), hops)
        features, mask = np.zeros((*shape, self.dims), np.float32), np.zeros(shape, np.bool_)
        moments = np.zeros((2, len(ids), self.dims), np.float32)
        for row, (id, begin) in enumerate(zip(ids, first, strict=True)):
            if id not in self._places:
                continue
            part, number = self._places[id]
            place = part.index.sounds[number]
            there = max(0, min(hops, place.hops - int(begin)))
            features[row, :there] = part.rows[place.first + int(begin) : place.first + int(begin) + there]
            mask[row, :there] = True
            moments[:, row] = part.moments[number]
        return FeatureBlocks(features, mask, moments[0], moments[1])
