"""What the scene knows: contacts, emitters, features and the listener, in canonical units.

Canonical means metres, kilograms, seconds, radians; right-handed, y up. Bridges convert at the border.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec
from msgspec import UNSET, UnsetType

Vector = tuple[float, float, float]

SCENE_FEATURES: Final = (
    "speed_m_s",
    "acceleration_m_s2",
    "impulse_n_s",
    "slip_m_s",
    "contact_area_m2",
    "size_m",
    "wetness",
    "visibility",
    "luminance",
    "position_x_m",
    "position_y_m",
    "position_z_m",
)
"""Columns of the ``scene/1`` schema, in order. A column that a client cannot fill holds NaN: "unknown"."""

IMPULSE: Final = "impulse_n_s"
"""The column that is no state but happened: where ticks are faster than steps, impulses add up."""

EventAction = Literal["trigger", "start", "stop"]


class Contact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What touches what, how hard. Fields left out are unknown, and the engine assumes something plausible."""

    material: str | None = None  #: of the surface that is struck, walked on or scraped
    other: str | None = None  #: of the thing that strikes: a sole, a crate, a barrel
    speed_m_s: float | None = None  #: closing speed at the contact, >= 0
    slip_m_s: float | None = None  #: tangential speed at the contact, >= 0
    impulse_n_s: float | None = None  #: momentum exchanged, >= 0
    mass_kg: float | None = None  #: of the moving thing, > 0
    size_m: float | None = None  #: its longest side, > 0
    intensity: float | None = None  #: 0..1, overrides what speed and mass would give


class EmitterSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sounding thing. Every field may be left out: on creation the default holds, on update the old value."""

    prompt: str | UnsetType = UNSET  #: words for it: "leather boots", "an oak barrel"
    material: str | UnsetType = UNSET  #: of the thing itself
    mass_kg: float | UnsetType = UNSET
    size_m: float | UnsetType = UNSET
    gain_db: float | UnsetType = UNSET  #: default 0
    position_m: Vector | UnsetType = UNSET  #: default: at the listener, neither panned nor attenuated
    pan: float | UnsetType | None = UNSET  #: -1 left .. 1 right; None (default) follows the position
    bus: str | UnsetType = UNSET  #: default "main"
    priority: int | UnsetType = UNSET  #: 0..100, default 50; the lowest loses its voice first
    shared: bool | UnsetType = UNSET  #: other clients may drive it; default false
    engine: str | UnsetType = UNSET  #: id of the engine; default the session's
    seed: int | UnsetType = UNSET  #: fixes every take of this emitter; default from its id
    controls: dict[str, float] | UnsetType = UNSET  #: normalised 0..1


class Emitter(msgspec.Struct, frozen=True, kw_only=True):
    """An emitter as the session holds it, every field settled."""

    id: str
    owner: int = 0
    prompt: str = ""
    material: str = ""
    mass_kg: float | None = None
    size_m: float | None = None
    gain_db: float = 0.0
    position_m: Vector | None = None
    pan: float | None = None
    bus: str = "main"
    priority: int = 50
    shared: bool = False
    engine: str = ""
    seed: int = 0
    controls: dict[str, float] = {}

    def updated(self, settings: EmitterSettings) -> Emitter:
        """This emitter with the given settings laid over it; controls merge key by key."""
        given = {name: value for name in settings.__struct_fields__ if (value := getattr(settings, name)) is not UNSET}
        if "controls" in given:
            given["controls"] = {**self.controls, **given["controls"]}
        return msgspec.structs.replace(self, **given)


class Pose(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the listener is and which way it looks. ``forward`` and ``up`` need not be unit length."""

    position_m: Vector = (0.0, 0.0, 0.0)
    forward: Vector = (0.0, 0.0, -1.0)
    up: Vector = (0.0, 1.0, 0.0)
