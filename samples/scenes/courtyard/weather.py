"""Rain: single drops into the puddle first, then a shower that grows, then the gutter runs over."""

from __future__ import annotations

import random

from courtyard.stage import Stage
from hobnail.scene import Contact

RAIN_S = (24.6, 32.6)
FULL_S = 30.6
GUTTER_S = (29.6, 32.2)
WEAK, STRONG = 0.06, 0.8
CONTROL_HZ = 12


def strength(time_s: float) -> float:
    """How hard it rains, 0..1."""
    if not RAIN_S[0] <= time_s <= RAIN_S[1]:
        return 0.0
    share = min(1.0, (time_s - RAIN_S[0]) / (FULL_S - RAIN_S[0]))
    return WEAK + (STRONG - WEAK) * share**1.6


def wetness(time_s: float) -> float:
    """How wet the ground is, 0..1; it soaks as it rains."""
    return min(1.0, max(0.0, (time_s - RAIN_S[0]) / 8.0))


def record(stage: Stage, chance: random.Random) -> None:
    """Write the weather down."""
    stage.emitter("rain", "rain on cobblestones", "stone", (0.5, 2.0, -3.5), priority=70)
    stage.emitter("gutter", "a gutter running over into a trough", "water", (4.2, 0.6, -3.2), size_m=0.5)
    stage.emitter("drops", "single drops into a puddle", "water", (-1.6, 0.0, -1.8), size_m=0.01)
    _drops(stage, chance)
    shower = Contact(material="stone", other="water", intensity=WEAK)
    stage.control(RAIN_S[0], "rain", "intensity", WEAK)
    stage.event(RAIN_S[0], "rain", "rain", shower, action="start")
    for step in range(1, round((RAIN_S[1] - RAIN_S[0]) * CONTROL_HZ)):
        time_s = RAIN_S[0] + step / CONTROL_HZ
        if time_s <= FULL_S:
            stage.control(time_s, "rain", "intensity", strength(time_s))
    stage.event(RAIN_S[1], "rain", "rain", action="stop")
    stage.event(
        GUTTER_S[0], "gutter", "pour", Contact(material="water", speed_m_s=2.4, mass_kg=0.4, size_m=0.5), action="start"
    )
    stage.event(GUTTER_S[1], "gutter", "pour", action="stop")


def _drops(stage: Stage, chance: random.Random) -> None:
    """Drops from the eaves: some before the shower drowns them, some after it."""
    for begin_s, end_s, gap_s in ((RAIN_S[0] - 1.5, RAIN_S[0] + 2.4, 0.36), (RAIN_S[1] + 0.25, RAIN_S[1] + 1.2, 0.2)):
        time_s = begin_s
        while time_s < end_s:
            contact = Contact(
                material="water",
                other="water",
                speed_m_s=round(chance.uniform(3.2, 4.4), 3),
                mass_kg=round(chance.uniform(4e-5, 1.2e-4), 7),
                size_m=0.006,
            )
            stage.event(time_s, "drops", "splash", contact)
            time_s += gap_s * chance.uniform(0.6, 1.4)
