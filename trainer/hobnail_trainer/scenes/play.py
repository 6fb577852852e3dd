"""What a situation hands over once it has been simulated: who moved how, what happened, and what there is to see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hobnail.audio import RATE_HZ
from hobnail.scene import Contact, EventAction
from hobnail.trace import TraceEvent
from hobnail_trainer.corpus.model import Material
from hobnail_trainer.scenes.model import PICTURE_HZ, TICK_HZ, SceneEmitter, Words

Track = NDArray[np.float64]
NO_EMITTER: Final = -1


@dataclass(frozen=True, slots=True)
class Shape:
    """A rounded box: a disc when both halves are 0, a limb when one is. Metres and radians."""

    x_m: float
    y_m: float
    look: Material
    radius_m: float = 0.0
    half_w_m: float = 0.0
    half_h_m: float = 0.0
    angle: float = 0.0
    emitter: int = NO_EMITTER  #: whose visibility it counts for
    shade: float = 1.0  #: multiplies the colour
    shadow: bool = True


@dataclass(frozen=True, slots=True)
class Patch:
    """Ground from ``from_m`` to ``to_m`` (x), as high as ``top_m``."""

    from_m: float
    to_m: float
    top_m: float
    material: Material


@dataclass(frozen=True, slots=True)
class View:
    """Where the camera looks: pictures are ``height_m`` high and wide; ``left_m`` float64 [pictures]."""

    height_m: float
    bottom_m: float
    left_m: Track


@dataclass(frozen=True, slots=True)
class Motion:
    """One emitter at 60 Hz. NaN where a game would not know."""

    position_m: Track  #: [ticks, 3]
    velocity_m_s: Track  #: [ticks, 2]
    impulse_n_s: Track  #: [ticks], summed since the tick before
    slip_m_s: Track  #: [ticks], largest since the tick before
    area_m2: Track  #: [ticks]


@dataclass(frozen=True, slots=True)
class Play:
    """A scene that has been simulated but neither painted nor sounded."""

    duration_s: float
    words: Words
    emitters: tuple[SceneEmitter, ...]
    motions: tuple[Motion, ...]
    events: tuple[TraceEvent, ...]
    grounds: tuple[Patch, ...]
    scenery: tuple[Shape, ...]
    figures: tuple[tuple[Shape, ...], ...]  #: per picture, back to front
    view: View
    specks: tuple[Track, ...] = ()  #: per picture: drops as x, y, brightness [n, 3]
    wetness: Track | None = None  #: [ticks] of the ground; None: dry


def ticks(duration_s: float) -> int:
    """How many feature ticks a scene has."""
    return round(duration_s * TICK_HZ)


def pictures(duration_s: float) -> int:
    """How many pictures a scene has."""
    return round(duration_s * PICTURE_HZ)


def still(duration_s: float, left_m: float) -> Track:
    """A camera that does not move: float64 [pictures]."""
    return np.full(pictures(duration_s), left_m)


def event(
    at_s: float, emitter: str, name: str, contact: Contact | None = None, *, action: EventAction = "trigger"
) -> TraceEvent:
    """Something happens at an exact time, rounded to the frame of 48 kHz."""
    return TraceEvent(at=round(at_s * RATE_HZ), emitter=emitter, name=name, action=action, contact=contact or Contact())


def in_order(events: Iterable[TraceEvent], duration_s: float) -> tuple[TraceEvent, ...]:
    """Events by time; those at or after the end are left out, and what still sounds there is stopped at the end."""
    end = round(duration_s * RATE_HZ)
    kept = sorted((event for event in events if event.at < end), key=lambda event: event.at)
    running: dict[tuple[str, str], None] = {}
    for happening in kept:
        if happening.action == "start":
            running[happening.emitter, happening.name] = None
        elif happening.action == "stop":
            running.pop((happening.emitter, happening.name), None)
    return (*kept, *(TraceEvent(at=end, emitter=emitter, name=name, action="stop") for emitter, name in running))
