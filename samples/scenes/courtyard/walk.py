"""Somebody in boots and a coat crosses the yard: heel strikes from a gait with small human irregularities."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from courtyard.stage import TICK_HZ, Stage
from courtyard.weather import wetness
from hobnail.scene import Contact

BODY_KG = 74.0
HEEL_M_S_PER_WALK_M_S = 0.55
"""A heel meets the ground at about half the walking speed."""


@dataclass(frozen=True, slots=True)
class Leg:
    """A straight walk: where to, how fast, on what. ``edges`` are x positions at which the next surface begins."""

    start_s: float
    from_m: tuple[float, float]  # x, z
    to_m: tuple[float, float]
    speed_m_s: float
    steps_per_s: float
    surfaces: tuple[str, ...]
    edges: tuple[float, ...] = ()

    @property
    def length_m(self) -> float:
        return ((self.to_m[0] - self.from_m[0]) ** 2 + (self.to_m[1] - self.from_m[1]) ** 2) ** 0.5

    @property
    def end_s(self) -> float:
        return self.start_s + self.length_m / self.speed_m_s

    def place(self, time_s: float) -> tuple[float, float]:
        share = min(1.0, max(0.0, (time_s - self.start_s) * self.speed_m_s / self.length_m))
        x, z = (a + (b - a) * share for a, b in zip(self.from_m, self.to_m, strict=True))
        return x, z

    def surface(self, x_m: float) -> str:
        direction = 1.0 if self.to_m[0] > self.from_m[0] else -1.0
        return self.surfaces[bisect_right([edge * direction for edge in self.edges], x_m * direction)]


LEGS = (
    Leg(1.25, (-7.0, -2.4), (6.0, -2.6), 1.32, 1.8, ("gravel", "wood", "metal"), (-1.7, 2.2)),
    Leg(21.7, (5.6, -2.0), (-0.1, -1.4), 1.18, 1.62, ("snow",)),
    Leg(26.55, (-0.3, -1.4), (-3.4, -2.2), 1.3, 1.8, ("water", "stone"), (-0.5,)),
)
RUSTLES_S = ((0.85, 0.9), (11.75, 1.1), (21.2, 0.9))
"""When the coat moves without a step, and how fast: entering, leaning on the crate, turning round."""


def record(stage: Stage, chance: random.Random) -> None:
    """Write the steps, the coat and where the walker is."""
    x, z = LEGS[0].from_m
    stage.emitter("boots", "hobnailed leather boots", "leather", (x, 0.0, z), mass_kg=BODY_KG, size_m=0.3, gain_db=16.0)
    stage.emitter("coat", "a heavy wool coat", "cloth", (x, 1.1, z), mass_kg=1.8, size_m=1.0, gain_db=8.0)
    stage.emitter("puddle", "a shallow puddle", "water", (-0.3, 0.0, -1.4), size_m=0.8, gain_db=9.0)
    for leg in LEGS:
        _steps(stage, leg, chance)
        _ticks(stage, leg)
    for time_s, speed_m_s in RUSTLES_S:
        stage.event(time_s, "coat", "cloth", Contact(material="cloth", speed_m_s=speed_m_s, mass_kg=1.8), gain_db=3.0)


def _steps(stage: Stage, leg: Leg, chance: random.Random) -> None:
    for number, time_s in enumerate(_heel_strikes(leg, chance)):
        x, _ = leg.place(time_s)
        surface = leg.surface(x)
        left = number % 2 == 0
        heel_m_s = leg.speed_m_s * HEEL_M_S_PER_WALK_M_S * chance.gauss(1.04 if left else 0.96, 0.07)
        contact = Contact(
            material="stone" if surface == "water" else surface,
            other="leather",
            speed_m_s=round(heel_m_s, 3),
            slip_m_s=round(abs(chance.gauss(0.08, 0.04)), 3),
            impulse_n_s=round(heel_m_s * BODY_KG * 0.16, 3),  # the leg's share of the body stops with the heel
            mass_kg=BODY_KG,
            size_m=0.3,
        )
        stage.event(time_s, "boots", "footstep", contact)
        if surface == "water":
            splash = Contact(
                material="water", other="leather", speed_m_s=round(heel_m_s * 2.2, 3), mass_kg=1.2, size_m=0.3
            )
            stage.event(time_s + 0.012, "puddle", "splash", splash)
        if number % 2 == 1:
            swing = Contact(material="cloth", speed_m_s=round(leg.speed_m_s * chance.uniform(0.4, 0.6), 3), mass_kg=1.8)
            stage.event(time_s + 0.24, "coat", "cloth", swing, gain_db=-4.0)


def _heel_strikes(leg: Leg, chance: random.Random) -> Iterator[float]:
    time_s = leg.start_s
    while time_s < leg.end_s:
        yield time_s
        time_s += chance.gauss(1.0, 0.022) / leg.steps_per_s


def _ticks(stage: Stage, leg: Leg) -> None:
    for tick in range(round(leg.start_s * TICK_HZ), round(leg.end_s * TICK_HZ) + 1):
        time_s = tick / TICK_HZ
        x, z = leg.place(time_s)
        speed_m_s = leg.speed_m_s if time_s < leg.end_s else 0.0
        stage.features(tick, "boots", (x, 0.0, z), speed_m_s=speed_m_s, acceleration_m_s2=0.0, wetness=wetness(time_s))
        stage.features(tick, "coat", (x, 1.1, z), speed_m_s=speed_m_s)


def walker_x(time_s: float) -> float:
    """Where the walker is along the yard, walking or waiting."""
    begun = [leg for leg in LEGS if leg.start_s <= time_s] or [LEGS[0]]
    return begun[-1].place(time_s)[0]
