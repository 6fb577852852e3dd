"""A timeline: what happens when, written by hand, by a MIDI file or by a film's motion. All of it can be edited.

::

    format = "hobnail-timeline"
    duration_s = 4.0                      # left out: until all is silent

    [emitters.boots]
    prompt = "leather boots"

    [[events]]
    at_s = 0.5
    emitter = "boots"
    name = "footstep"
    contact = { material = "gravel", speed_m_s = 1.4 }

    [[curves]]                            # a control moves; the same for features: feature = "speed_m_s"
    emitter = "boots"
    control = "texture"
    points = [[0.0, 0.2], [4.0, 0.8]]     # seconds, value

    [[prompts]]                           # other words for a while
    emitter = "boots"
    from_s = 2.0
    to_s = 3.0
    prompt = "wet leather boots"
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from hobnail.audio import seconds_to_frames
from hobnail.scene import Contact, EmitterSettings, EventAction, Pose, Vector

FORMAT: Final = "hobnail-timeline"
VERSION: Final = 1
LONGEST_S: Final = 6 * 3600.0

Seconds = Annotated[float, Meta(ge=0.0, le=LONGEST_S)]


class TimelineEvent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Something happens. Exactly one of ``at_s`` and ``at`` says when."""

    at_s: Seconds | None = None  #: seconds from the start, to the nearest frame
    at: Annotated[int, Meta(ge=0)] | None = None  #: frames of 48 kHz from the start
    emitter: str
    name: str  #: of an event of the emitter's engine
    action: EventAction = "trigger"
    contact: Contact = Contact()
    controls: dict[str, float] = {}  #: for this event only, normalised 0..1
    gain_db: Annotated[float, Meta(ge=-120.0, le=24.0)] = 0.0
    seed: Annotated[int, Meta(ge=0)] | None = None  #: fixes this take; default from ``id``
    id: str = ""  #: its take stays the same as long as this does; default: its number among the emitter's events
    confidence: Annotated[float, Meta(ge=0.0, le=1.0)] | None = None  #: of an event that was seen in a film

    @property
    def frame(self) -> int:
        """When, in frames."""
        return seconds_to_frames(self.at_s or 0.0) if self.at is None else self.at


class Curve(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A control or a frame feature that moves. Exactly one of ``control`` and ``feature`` is given."""

    points: Annotated[tuple[tuple[Seconds, float], ...], Meta(min_length=1)]  #: (seconds, value), rising in time
    emitter: str | None = None  #: None: all of them
    control: str | None = None  #: id of a control; values are normalised 0..1
    feature: str | None = None  #: a column of scene/1, such as speed_m_s; values in its unit
    shape: Literal["linear", "smooth", "hold"] = "linear"  #: the way from one point to the next


class PromptRange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Other words for an emitter for a while; voices that start then are made from them."""

    prompt: str
    from_s: Seconds = 0.0
    to_s: Seconds | None = None  #: None: to the end
    emitter: str | None = None  #: None: all of them
    material: str | None = None  #: None: as it is


class ListenerMove(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where the ears are from now on."""

    at_s: Seconds = 0.0
    position_m: Vector = (0.0, 0.0, 0.0)
    forward: Vector = (0.0, 0.0, -1.0)
    up: Vector = (0.0, 1.0, 0.0)

    @property
    def pose(self) -> Pose:
        """As the session wants it."""
        return Pose(position_m=self.position_m, forward=self.forward, up=self.up)


class BusLevel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A bus's level from now on."""

    bus: str
    gain_db: Annotated[float, Meta(ge=-120.0, le=24.0)]
    at_s: Seconds = 0.0


class Marker(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A named place, written into the sound file as a cue."""

    at_s: Seconds
    name: str


class Timeline(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A whole timeline. Made by :func:`hobnail.render.read_timeline`, which has checked it, or by hand."""

    format: Literal["hobnail-timeline"] = "hobnail-timeline"
    version: Literal[1] = 1
    title: str = ""
    duration_s: Annotated[float, Meta(gt=0.0, le=LONGEST_S)] | None = None  #: left out: until all is silent
    seed: int = 0  #: other seeds, other takes of the whole
    emitters: dict[str, EmitterSettings] = {}
    events: tuple[TimelineEvent, ...] = ()
    curves: tuple[Curve, ...] = ()
    prompts: tuple[PromptRange, ...] = ()
    listener: tuple[ListenerMove, ...] = ()
    buses: tuple[BusLevel, ...] = ()
    markers: tuple[Marker, ...] = ()

    @property
    def duration_frames(self) -> int | None:
        """Its length, if it has one of its own."""
        return None if self.duration_s is None else seconds_to_frames(self.duration_s)
