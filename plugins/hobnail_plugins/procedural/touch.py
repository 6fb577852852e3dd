"""Settles what is touched by what, how hard: from contact, features, emitter and prompt, in that order of trust."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Final

from hobnail.scene import Contact, Emitter
from hobnail_plugins.procedural.materials import Material, material
from hobnail_plugins.procedural.prompt import Hints, read_prompt


@dataclass(frozen=True, slots=True)
class Habit:
    """What an event is like when nobody says: materials, mass, size, speed."""

    surface: str
    thing: str
    mass_kg: float
    size_m: float
    speed_m_s: float


HABITS: Final[Mapping[str, Habit]] = {
    "footstep": Habit("stone", "leather", 75.0, 0.28, 1.3),
    "impact": Habit("stone", "wood", 2.0, 0.3, 2.0),
    "door_open": Habit("wood", "metal", 25.0, 2.0, 0.8),
    "door_close": Habit("wood", "metal", 25.0, 2.0, 1.0),
    "splash": Habit("water", "flesh", 3.0, 0.25, 2.5),
    "cloth": Habit("cloth", "cloth", 0.5, 0.5, 1.0),
    "scrape": Habit("stone", "wood", 5.0, 0.4, 0.6),
    "roll": Habit("wood", "wood", 10.0, 0.5, 1.5),
    "rain": Habit("stone", "water", 1.0, 1.0, 1.0),
    "pour": Habit("water", "water", 1.0, 0.2, 1.0),
    "cloth_move": Habit("cloth", "cloth", 0.5, 0.5, 0.8),
    "creak": Habit("wood", "wood", 20.0, 1.5, 0.15),
    "wind": Habit("grass", "grass", 1.0, 1.0, 6.0),
}
_MADE_OF_ITSELF: Final = frozenset({"door_open", "door_close", "cloth", "cloth_move", "creak"})
"""Events whose surface is the emitter itself: its own material comes before the default."""

HELD_EVENTS: Final = frozenset({"scrape", "roll", "rain", "pour", "cloth_move", "creak", "wind"})

FLOWS: Final = frozenset({"rain", "pour"})
"""Held events that follow how much falls, not how fast something moves."""


@dataclass(frozen=True, slots=True)
class Touch:
    """A contact with nothing unknown left in it."""

    surface: Material
    thing: Material
    mass_kg: float
    size_m: float
    speed_m_s: float
    slip_m_s: float
    force_db: float  #: level that the prompt's adverbs add
    intensity: float | None  #: 0..1, when the caller overrides what speed and mass would give; a flow's density
    wet: float  #: 0..1
    hollow: bool


def settle(event: str, emitter: Emitter, contact: Contact, features: Mapping[str, float]) -> Touch:
    """The touch behind an event. Never fails: whatever is missing or absurd becomes the event's habit."""
    habit = HABITS[event]
    hints = read_prompt(emitter.prompt) if emitter.prompt else _NO_HINTS
    if event in _MADE_OF_ITSELF:
        surface = material(contact.material or emitter.material or hints.thing or hints.surface, habit.surface)
        thing = material(contact.other, habit.thing)
    else:
        surface = material(contact.material or hints.surface, habit.surface)
        thing = material(contact.other or emitter.material or hints.thing, habit.thing)
    size = _first(contact.size_m, features.get("size_m"), emitter.size_m)
    mass = _first(contact.mass_kg, emitter.mass_kg)
    if mass is None:
        # A hollow thing of that size, as games use them: crates, barrels, pots.
        mass = habit.mass_kg if size is None else 0.12 * thing.density_kg_m3 * size**3
        mass *= hints.mass_factor
    if size is None:
        size = habit.size_m * hints.size_factor * (mass / (habit.mass_kg * hints.mass_factor)) ** (1.0 / 3.0)
    mass = min(5000.0, max(0.001, mass))
    size = min(10.0, max(0.01, size))
    # A held voice follows its emitter's newest features; the contact says how it began.
    held = event in HELD_EVENTS
    felt = features.get("speed_m_s")
    speed = _first(felt, contact.speed_m_s) if held else _first(contact.speed_m_s, felt)
    impulse = _first(contact.impulse_n_s, features.get("impulse_n_s"))
    if speed is None and impulse is not None and event in ("impact", "footstep"):
        speed = impulse / mass if event == "impact" else impulse / 40.0
    if speed is None:
        speed = habit.speed_m_s
    if contact.intensity is not None:
        speed = habit.speed_m_s * 10.0 ** (contact.intensity - 0.5)
    felt = features.get("slip_m_s")
    slip = _first(felt, contact.slip_m_s) if held else _first(contact.slip_m_s, felt)
    wet = features.get("wetness")
    intensity = _first(features.get("intensity"), contact.intensity) if event in FLOWS else contact.intensity
    return Touch(
        surface=surface,
        thing=thing,
        mass_kg=mass,
        size_m=size,
        speed_m_s=min(60.0, max(0.0, speed)),
        slip_m_s=min(60.0, max(0.0, speed if slip is None or contact.intensity is not None else slip)),
        force_db=hints.force_db,
        intensity=intensity if intensity is None else min(1.0, intensity),
        wet=min(1.0, max(0.0, wet)) if wet is not None and isfinite(wet) else (0.8 if hints.wet else 0.0),
        hollow=hints.hollow,
    )


def level_db(touch: Touch, computed_db: float, *, lowest: float = -24.0, highest: float = 8.0) -> float:
    """Level relative to the event's habit: what the physics gives, or what the caller's intensity says instead."""
    given = touch.intensity
    return min(highest, max(lowest, computed_db if given is None else 24.0 * (given - 0.5))) + touch.force_db


def _first(*values: float | None) -> float | None:
    """The first value that is known: neither None nor NaN, and not negative."""
    for value in values:
        if value is not None and isfinite(value) and value >= 0.0:
            return value
    return None


_NO_HINTS: Final = Hints()
