"""Vision made worse by a known level, on the hop clock: rows of a scene and cells of pictures. Pure but for chance.

The same three ways as :mod:`hobnail_trainer.scenes.degrade` has for whole scenes, so that training needs no pictures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from hobnail.contracts import Float32
from hobnail.scene import SCENE_FEATURES
from hobnail_trainer.feed.model import CELLS
from hobnail_trainer.feed.store import Columns

Way = Literal["noise", "frames", "cover"]

_FEATURES: Final = len(SCENE_FEATURES)
_VISIBILITY: Final = SCENE_FEATURES.index("visibility")
_SIDE: Final = round(CELLS[0] ** 0.5)
_GREY: Final = 0.02  # as in scenes.degrade: what hides is not black


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """What is seen of one block."""

    scene: Float32  #: [hops, 24]
    pixels: Float32  #: [hops, 64, 6]


@dataclass(frozen=True, slots=True, eq=False)
class SightScale:
    """How rows and cells spread over all scenes of a feed."""

    scene: Columns  #: of 24
    pixels: Columns  #: of 6


def blurred(sight: Sight, way: Way, level: float, scale: SightScale, chance: np.random.Generator) -> Sight:
    """A sight of which ``level``, 0..1, is not true."""
    match way:
        case "noise":
            return _noisy(sight, level, scale, chance)
        case "frames":
            return _mixed_up(sight, level, chance)
        case "cover":
            return _covered(sight, level, chance)


def _noisy(sight: Sight, level: float, scale: SightScale, chance: np.random.Generator) -> Sight:
    """``x' = mean + sqrt(1 - level) (x - mean) + sqrt(level) n``, n Gaussian with the column's variance in all scenes.

    Unknown values stay 0.
    """
    known = sight.scene[:, _FEATURES:] > 0.5
    features = _mixed(sight.scene[:, :_FEATURES], level, scale.scene, slice(_FEATURES), chance)
    scene = np.concatenate([np.where(known, features, 0.0), sight.scene[:, _FEATURES:]], axis=1)
    return Sight(scene.astype(np.float32), _mixed(sight.pixels, level, scale.pixels, slice(None), chance))


def _mixed(values: Float32, level: float, columns: Columns, which: slice, chance: np.random.Generator) -> Float32:
    mean, spread = columns.mean[which], columns.spread[which]
    noise = chance.standard_normal(values.shape, dtype=np.float32) * spread
    return np.asarray(
        mean + np.float32((1.0 - level) ** 0.5) * (values - mean) + np.float32(level**0.5) * noise, np.float32
    )


def _mixed_up(sight: Sight, level: float, chance: np.random.Generator) -> Sight:
    """``level`` of the hops, to the nearest one, show what belongs to another hop."""
    count = len(sight.scene)
    order = np.arange(count)
    wrong = chance.permutation(count)[: round(level * count)]
    if count > 1:
        order[wrong] = (wrong + chance.integers(1, count, len(wrong))) % count
    return Sight(sight.scene[order], sight.pixels[order])


def _covered(sight: Sight, level: float, chance: np.random.Generator) -> Sight:
    """A grey bar stands before ``level`` of the columns of cells, to the nearest one; visibility shrinks by as much."""
    columns = round(level * _SIDE)
    hidden = (int(chance.integers(_SIDE)) + np.arange(columns)) % _SIDE
    pixels = sight.pixels.copy().reshape(len(sight.pixels), _SIDE, _SIDE, CELLS[1])
    pixels[:, :, hidden, :3] = _GREY
    pixels[:, :, hidden, 3:] = 0.0
    scene = sight.scene.copy()
    scene[:, _VISIBILITY] *= np.float32(1.0 - columns / _SIDE)
    return Sight(scene, pixels.reshape(sight.pixels.shape))
