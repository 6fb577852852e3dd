"""Rain: single drops first, then ever more of them, on the stones and on the roofs, until the gutter runs over."""

from __future__ import annotations

import random

from courtyard.stage import Stage
from hobnail.scene import Contact

RAIN_S = (24.6, 32.6)
SHOWER_S = (27.6, 32.4)
FULL_S = 30.8
GUTTER_S = (30.2, 32.2)
WEAK, STRONG = 0.2, 0.9
CONTROL_HZ = 12


def strength(begin_s: float, time_s: float) -> float:
    """Where the intensity control stands, 0..1, for rain that began at ``begin_s``."""
    share = min(1.0, max(0.0, (time_s - begin_s) / (FULL_S - begin_s)))
    return WEAK + (STRONG - WEAK) * share**1.3


def wetness(time_s: float) -> float:
    """How wet the ground is, 0..1; it soaks as it rains."""
    return min(1.0, max(0.0, (time_s - RAIN_S[0]) / 8.0))


def record(stage: Stage, chance: random.Random) -> None:
    """Write the weather down."""
    stage.emitter("rain", "rain on cobblestones", "stone", (1.2, 0.5, -1.6), priority=70, gain_db=2.0)
    stage.emitter("shower", "a shower on slate roofs", "stone", (-1.5, 2.0, -2.4), priority=70, gain_db=1.0)
    stage.emitter("gutter", "a gutter running over into a trough", "water", (4.2, 0.6, -3.2), size_m=0.5, gain_db=4.0)
    stage.emitter("drops", "single drops into a puddle", "water", (-1.6, 0.0, -1.8), size_m=0.01, gain_db=15.5)
    _drops(stage, chance)
    _rain(stage, "rain", RAIN_S)
    _rain(stage, "shower", SHOWER_S)
    stage.event(
        GUTTER_S[0], "gutter", "pour", Contact(material="water", speed_m_s=2.4, mass_kg=0.4, size_m=0.5), action="start"
    )
    stage.event(GUTTER_S[1], "gutter", "pour", action="stop")


def _rain(stage: Stage, emitter: str, span_s: tuple[float, float]) -> None:
    """Rain that grows until it is at its fullest: the control moves how many drops fall."""
    begin_s, end_s = span_s
    stage.control(begin_s, emitter, "intensity", strength(begin_s, begin_s))
    stage.event(begin_s, emitter, "rain", Contact(material="stone", other="water"), action="start")
    for step in range(1, int((FULL_S - begin_s) * CONTROL_HZ) + 1):
        time_s = begin_s + step / CONTROL_HZ
        stage.control(time_s, emitter, "intensity", strength(begin_s, time_s))
    stage.event(end_s, emitter, "rain", action="stop")


def _drops(stage: Stage, chance: random.Random) -> None:
    """Drops from the eaves: some before the shower drowns them, some after it."""
    for begin_s, end_s, gap_s in ((RAIN_S[0] - 1.33, RAIN_S[0] + 2.4, 0.36), (RAIN_S[1] + 0.25, RAIN_S[1] + 1.2, 0.2)):
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
