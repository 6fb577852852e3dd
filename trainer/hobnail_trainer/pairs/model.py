"""Which axes there are, which clips suit them, and what values are drawn."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final, Literal

import numpy as np

from hobnail.audio import RATE_HZ
from hobnail_trainer.corpus.model import Category, Clip

Axis = Literal["pitch", "intensity", "texture"]
AXES: Final[tuple[Axis, ...]] = ("pitch", "intensity", "texture")

SPAN: Final[Mapping[Axis, float]] = {"pitch": 12.0, "intensity": 1.0, "texture": 1.0}
"""Values lie in -span..span: semitones, or the axis's own scale."""

VALUES: Final[Mapping[Axis, int]] = {"pitch": 4, "intensity": 4, "texture": 3}
"""How many changed clips of each axis a clip gets."""

LONGEST_FRAMES: Final = 3 * RATE_HZ

_BLOWS: Final[frozenset[Category]] = frozenset({"footstep", "impact", "door", "weapon"})
_FAST: Final[frozenset[Category]] = _BLOWS | {"explosion", "cloth"}
_VOICED: Final = 0.5
_VOICED_HNR_DB: Final = 0.0


def resamples(clip: Clip) -> bool:
    """Whether its pitch is changed together with its size; otherwise its length is kept."""
    return clip.category in _FAST


def suits(clip: Clip, axis: Axis) -> bool:
    """Whether a clip is to be changed along an axis.

    Notes have pitch and force in their words, and their neighbours are recorded: of them only the texture is changed.
    """
    if clip.frames > LONGEST_FRAMES or clip.origin not in ("recorded", "note"):
        return False
    if clip.origin == "note":
        return axis == "texture"
    if axis == "intensity":
        return clip.category in _BLOWS
    voiced = clip.attributes.voicing >= _VOICED and clip.attributes.hnr_db >= _VOICED_HNR_DB
    return axis == "texture" or resamples(clip) or voiced


def values_for(clip: str, axis: Axis, *, seed: int) -> tuple[float, ...]:
    """Values for a clip: one from each of equal parts of the span, so that all sizes of change come up."""
    digest = hashlib.sha256(f"{seed}/{axis}/{clip}".encode()).digest()
    chance = np.random.default_rng(int.from_bytes(digest[:8], "big"))
    count, span = VALUES[axis], SPAN[axis]
    places = (np.arange(count) + chance.random(count)) / count
    return tuple(round(float(value), 3) for value in span * (2.0 * places - 1.0))
