"""A scene: what a game would send, what a camera would see, what happened exactly when, and how it sounded.

Times of events are frames of 48 kHz; features come at 60 Hz, pictures at 30 Hz. Tick ``t`` holds the world at
``t / 60`` seconds; its impulse, slip and area cover the time since the tick before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from hobnail.audio import RATE_HZ
from hobnail.scene import SCENE_FEATURES
from hobnail.trace import TraceEvent
from hobnail_trainer.corpus.model import Material, Split

FORMAT: Final = "hobnail-scene"
VERSION: Final = 1
TICK_HZ: Final = 60
PICTURE_HZ: Final = 30
TICK_FRAMES: Final = RATE_HZ // TICK_HZ

Situation = Literal["walk", "drop", "roll", "scrape", "door", "rain"]
SITUATIONS: Final[tuple[Situation, ...]] = ("walk", "drop", "roll", "scrape", "door", "rain")

COLUMN: Final[dict[str, int]] = {name: number for number, name in enumerate(SCENE_FEATURES)}
"""Name of a feature -> its column."""

Features = NDArray[np.float32]
Pictures = NDArray[np.uint8]
Samples = NDArray[np.float32]


class Words(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same thing in words, from exact to vague."""

    exact: str  #: "leather boots walking on gravel"
    category: str  #: "footsteps"
    vague: str = "sound"


class SceneEmitter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sounding thing of a scene. Its number is its row in features and stems."""

    id: str
    words: Words
    material: Material
    mass_kg: float | None = None
    size_m: float | None = None


class UsedClip(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A recording inside the sound of a scene."""

    clip: str  #: its id in the corpus
    event: int  #: number of the event that it sounds for
    at_frame: int  #: where its onset (or its first grain) stands
    gain_db: float  #: 0 for grains, whose levels follow the motion
    tilt_db: float  #: brightness given for force, dB an octave around 1 kHz
    rung: int  #: how far from the wanted sound: 1 both materials, 2 the material, 3 a neighbour, 4 the kind, 5 related


class SceneCard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything of a scene but its arrays."""

    format: str = FORMAT
    version: int = VERSION
    seed: int
    situation: Situation
    split: Split
    duration_frames: int
    picture_px: int  #: pictures are square
    view_m: float  #: how much of the world a picture is high
    wetness: float  #: of the ground at the end, 0..1
    words: Words  #: of the whole scene
    emitters: tuple[SceneEmitter, ...]
    events: tuple[TraceEvent, ...]  #: in order of time
    used: tuple[UsedClip, ...] = ()
    gain_db: float = 0.0  #: by which the whole scene was turned down to keep peaks below -1 dBFS


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A whole scene. Unknown features are NaN."""

    card: SceneCard
    features: Features  #: float32 [emitters, ticks, 12], columns as in SCENE_FEATURES
    pictures: Pictures  #: uint8 [pictures, height, width, 3], sRGB
    stems: Samples  #: float32 [emitters, frames], mono 48 kHz each, dry

    @property
    def audio(self) -> Samples:
        """All emitters together, float32 [frames]."""
        return np.asarray(self.stems.sum(axis=0, dtype=np.float32))
