"""Rooms to hear sequences in: sizes, surfaces and places are drawn per split, so that no room is in two splits."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from hobnail_trainer.corpus.model import Split

BANDS_HZ: Final = (125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0)
AIR_PER_M: Final = (0.0, 0.0003, 0.0006, 0.001, 0.0024, 0.0061, 0.021)
"""Energy that a metre of air takes at the bands (20 degrees, 50 % humidity; Kuttruff, "Room Acoustics", table)."""

FITTINGS: Final = (0.04, 0.12)
"""What the things and people in a room take besides its bare surfaces; empty rooms ring longer than any in use."""

ROOMS: Final[Mapping[Split, int]] = {"train": 44, "validation": 8, "test": 8}


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """A box with a source and a listener in it. Lengths in metres, absorption per band of :data:`BANDS_HZ`."""

    name: str
    words: str  #: "in a large hall"
    outdoors: bool
    size_m: tuple[float, float, float]
    walls: tuple[float, ...]  #: share of the energy that the walls take, per band
    floor: tuple[float, ...]
    ceiling: tuple[float, ...]
    source_m: tuple[float, float, float]
    listener_m: tuple[float, float, float]
    seed: int  #: of its tail


class _Kind(NamedTuple):
    words: str
    smallest_m: tuple[float, float, float]
    largest_m: tuple[float, float, float]
    walls: str
    floor: str
    ceiling: str
    outdoors: bool = False


_SURFACES: Final[Mapping[str, tuple[float, ...]]] = {
    "stone": (0.02, 0.02, 0.03, 0.04, 0.05, 0.05, 0.06),
    "concrete": (0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08),
    "plaster": (0.14, 0.10, 0.08, 0.06, 0.06, 0.07, 0.08),
    "tiles": (0.01, 0.01, 0.01, 0.02, 0.02, 0.02, 0.03),
    "boards": (0.15, 0.11, 0.10, 0.08, 0.07, 0.07, 0.07),
    "furnished": (0.25, 0.30, 0.35, 0.40, 0.45, 0.45, 0.45),
    "carpet": (0.05, 0.10, 0.20, 0.35, 0.50, 0.60, 0.65),
    "rock": (0.05, 0.06, 0.08, 0.10, 0.12, 0.14, 0.18),
    "ground": (0.15, 0.25, 0.40, 0.55, 0.60, 0.60, 0.60),
    "facades": (0.15, 0.18, 0.22, 0.28, 0.35, 0.40, 0.45),
    "sky": (0.99, 0.99, 0.99, 0.99, 0.99, 0.99, 0.99),
}
_KINDS: Final = (
    _Kind("in a small room", (2.0, 1.8, 2.2), (3.2, 3.0, 2.6), "plaster", "boards", "plaster"),
    _Kind("in a furnished room", (3.5, 3.0, 2.4), (6.0, 5.0, 2.9), "furnished", "carpet", "plaster"),
    _Kind("in a bathroom", (2.0, 1.8, 2.2), (3.5, 3.0, 2.7), "tiles", "tiles", "plaster"),
    _Kind("in a corridor", (9.0, 1.5, 2.4), (25.0, 2.5, 3.2), "plaster", "concrete", "plaster"),
    _Kind("in a stairwell", (3.0, 2.5, 8.0), (5.0, 4.0, 16.0), "concrete", "concrete", "plaster"),
    _Kind("in a workshop", (8.0, 6.0, 3.5), (16.0, 10.0, 6.0), "boards", "concrete", "boards"),
    _Kind("in a cellar", (4.0, 3.0, 2.2), (9.0, 6.0, 3.0), "rock", "stone", "stone"),
    _Kind("in a cave", (8.0, 6.0, 4.0), (25.0, 15.0, 10.0), "rock", "rock", "rock"),
    _Kind("in a large hall", (18.0, 12.0, 7.0), (40.0, 25.0, 14.0), "plaster", "stone", "boards"),
    _Kind("in a courtyard", (10.0, 9.0, 12.0), (30.0, 22.0, 14.0), "facades", "stone", "sky", True),
    _Kind("in a narrow street", (40.0, 4.0, 12.0), (60.0, 8.0, 16.0), "facades", "concrete", "sky", True),
    _Kind("in the open", (60.0, 60.0, 30.0), (90.0, 90.0, 40.0), "sky", "ground", "sky", True),
)


def rooms(split: Split, *, seed: int) -> tuple[Room, ...]:
    """The rooms of a split; each kind comes in turn, its sizes and surfaces drawn at random."""
    return tuple(_room(_KINDS[number % len(_KINDS)], split, number, seed) for number in range(ROOMS[split]))


def reverberation_s(room: Room) -> NDArray[np.float64]:
    """Eyring's 0.161 V / (-S ln(1 - a) + 4 m V) per band, in seconds, with the air's part m."""
    volume, surface = _volume_m3(room), _surface_m2(room)
    area = -surface * np.log(1.0 - _absorbing_m2(room) / surface)
    return np.asarray(0.161 * volume / (area + 4.0 * np.array(AIR_PER_M) * volume))


def late_energy(room: Room) -> NDArray[np.float64]:
    """Energy of all sound that comes over the walls, per band, when the direct sound has energy 1.

    16 pi r^2 (1 - a) / A: the diffuse field of a point source over its direct sound at r metres (Kuttruff).
    """
    surface = _surface_m2(room)
    mean = _absorbing_m2(room) / surface
    return np.asarray(16.0 * np.pi * _distance_m(room) ** 2 * (1.0 - mean) / (mean * surface))


def _room(kind: _Kind, split: Split, number: int, seed: int) -> Room:
    name = f"{split}-{number:02d}"
    own = int.from_bytes(hashlib.sha256(f"{seed}/room/{name}".encode()).digest()[:6], "big")
    chance = np.random.default_rng(own)
    size = _triple(chance.uniform(kind.smallest_m, kind.largest_m))
    listener = _triple(np.array(size) * chance.uniform(0.25, 0.75, 3))
    far = min(size[0], size[1], 6.0)
    toward = np.array([*(chance.standard_normal(2)), 0.0])
    source = np.array(listener) + toward / np.linalg.norm(toward) * chance.uniform(0.1, 0.3) * far
    source[2] = chance.uniform(0.3, 1.2)
    ears = (listener[0], listener[1], 1.5)

    def surface(of: str) -> tuple[float, ...]:
        bare = np.array(_SURFACES[of]) * chance.uniform(0.75, 1.3)
        return tuple(np.clip(bare + chance.uniform(*FITTINGS), 0.01, 0.99).round(4).tolist())

    return Room(
        name=name,
        words=kind.words,
        outdoors=kind.outdoors,
        size_m=size,
        walls=surface(kind.walls),
        floor=surface(kind.floor),
        ceiling=surface(kind.ceiling),
        source_m=_triple(np.clip(source, 0.05 * np.array(size), 0.95 * np.array(size))),
        listener_m=ears,
        seed=own,
    )


def _triple(values: NDArray[np.float64]) -> tuple[float, float, float]:
    x, y, z = (round(float(value), 3) for value in values)
    return x, y, z


def _volume_m3(room: Room) -> float:
    return room.size_m[0] * room.size_m[1] * room.size_m[2]


def _surface_m2(room: Room) -> float:
    x, y, z = room.size_m
    return 2.0 * (x * y + x * z + y * z)


def _absorbing_m2(room: Room) -> NDArray[np.float64]:
    x, y, z = room.size_m
    sides = 2.0 * (x + y) * z * np.array(room.walls)
    return np.asarray(sides + x * y * (np.array(room.floor) + np.array(room.ceiling)))


def _distance_m(room: Room) -> float:
    return float(np.linalg.norm(np.array(room.source_m) - np.array(room.listener_m)))
