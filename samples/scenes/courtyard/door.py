"""A door: opened at the start by its latch, and at the end swung shut, creaking, by a gust of wind."""

from __future__ import annotations

import math

from courtyard.stage import TICK_HZ, Stage
from hobnail.scene import Contact

OPENED_S = 0.35
GUST_S = (27.2, 30.6)
PLACE_M = (-4.6, 1.0, -3.0)
LEAF_KG, LEAF_M = 28.0, 0.95
OPEN_RAD = 1.25
BOUNCE = 0.09
HINGE_N_M = 2.4
PUSH_N_M_PER_M2_S2 = 0.16  # dynamic pressure on the leaf, by its lever, at 1 m/s
CREAKS_ABOVE_M_S = 0.06
STEP_HZ = 960


def record(stage: Stage) -> None:
    """Swing the door and write its sounds down."""
    stage.emitter("door", "a plank door with an iron latch", "wood", PLACE_M, mass_kg=LEAF_KG, size_m=2.0, gain_db=8.0)
    stage.emitter("gust", "a gust of wind round a corner", "leaves", (-6.0, 2.0, -4.0), gain_db=9.0)
    latch = Contact(material="metal", other="metal", speed_m_s=0.9, mass_kg=0.3, size_m=0.12)
    stage.event(OPENED_S - 0.16, "door", "impact", latch, gain_db=-3.0)
    opened = Contact(material="wood", other="wood", speed_m_s=0.8, mass_kg=LEAF_KG, size_m=2.0)
    stage.event(OPENED_S, "door", "door_open", opened)
    _blow(stage)
    _swing_shut(stage)


def wind_m_s(time_s: float) -> float:
    """Speed of the gust: it rises, holds and dies away."""
    share = (time_s - GUST_S[0]) / (GUST_S[1] - GUST_S[0])
    return 11.0 * math.sin(math.pi * share) ** 2 if 0.0 < share < 1.0 else 0.0


def _blow(stage: Stage) -> None:
    begin = Contact(speed_m_s=0.5)
    stage.event(GUST_S[0], "gust", "wind", begin, action="start")
    stage.event(GUST_S[1], "gust", "wind", action="stop")
    for tick in range(round(GUST_S[0] * TICK_HZ), round(GUST_S[1] * TICK_HZ) + 1):
        stage.features(tick, "gust", (-6.0, 2.0, -4.0), speed_m_s=wind_m_s(tick / TICK_HZ))


def _swing_shut(stage: Stage) -> None:
    """The wind's pressure against the hinge's friction, stepped like the rest of the yard."""
    inertia_kg_m2 = LEAF_KG * LEAF_M**2 / 3.0
    angle_rad, speed_rad_s, slams, creaking = OPEN_RAD, 0.0, 0, False
    for step in range(round(GUST_S[0] * STEP_HZ), round((GUST_S[1] + 1.5) * STEP_HZ)):
        time_s = step / STEP_HZ
        push_n_m = PUSH_N_M_PER_M2_S2 * wind_m_s(time_s) ** 2
        speed_rad_s = _after_friction(speed_rad_s - push_n_m / inertia_kg_m2 / STEP_HZ, HINGE_N_M / inertia_kg_m2)
        angle_rad += speed_rad_s / STEP_HZ
        edge_m_s = abs(speed_rad_s) * LEAF_M
        if not creaking and slams == 0 and edge_m_s > CREAKS_ABOVE_M_S:
            creaking = True
            hinge = Contact(material="wood", other="metal", speed_m_s=round(edge_m_s, 3), mass_kg=LEAF_KG)
            stage.event(time_s, "door", "creak", hinge, action="start")
        if step % (STEP_HZ // TICK_HZ) == 0 and (edge_m_s > 0.0 or creaking):
            stage.features(round(time_s * TICK_HZ), "door", PLACE_M, speed_m_s=edge_m_s)
        if angle_rad <= 0.0 and speed_rad_s < 0.0:
            met_s = time_s - angle_rad / speed_rad_s
            if creaking:
                stage.event(met_s, "door", "creak", action="stop")
                creaking = False
            _meets_frame(stage, met_s, edge_m_s, first=slams == 0)
            angle_rad, speed_rad_s, slams = 0.0, -BOUNCE * speed_rad_s, slams + 1


def _after_friction(speed_rad_s: float, friction_rad_s2: float) -> float:
    """Dry friction slows and holds, but never turns a motion round."""
    return math.copysign(max(0.0, abs(speed_rad_s) - friction_rad_s2 / STEP_HZ), speed_rad_s)


def _meets_frame(stage: Stage, time_s: float, edge_m_s: float, *, first: bool) -> None:
    if first:
        slam = Contact(material="wood", other="wood", speed_m_s=round(edge_m_s, 3), mass_kg=LEAF_KG, size_m=2.0)
        stage.event(time_s, "door", "door_close", slam)
    elif edge_m_s > 0.04:
        rattle = Contact(material="wood", other="metal", speed_m_s=round(edge_m_s, 3), mass_kg=0.8, size_m=0.12)
        stage.event(time_s, "door", "impact", rattle, gain_db=-4.0)
