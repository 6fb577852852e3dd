"""An impact: two bodies meet for a contact time, both ring, loose ground jumps."""

from __future__ import annotations

from math import log10

from hobnail_plugins.procedural.bodies import body_modes, contact_time_s, fundamental_hz, thud_modes
from hobnail_plugins.procedural.dice import Dice
from hobnail_plugins.procedural.grounds import GROUNDS
from hobnail_plugins.procedural.plan import NOISE, STRIKE, TONE, Plan
from hobnail_plugins.procedural.touch import Touch, level_db

_HABIT_J = 4.0  #: 2 kg at 2 m/s
_BRITTLE = frozenset({"glass", "ceramic"})
_BREAKS_M_S = 3.0


def impact(touch: Touch, dice: Dice) -> tuple[Plan, float]:
    """A plan and its longest duration in seconds."""
    plan = Plan()
    energy = 0.5 * touch.mass_kg * touch.speed_m_s**2
    # Radiated energy follows kinetic energy; hearing and recording level compress it to about 6 dB a decade.
    force = 10.0 ** (level_db(touch, 6.5 * log10(max(energy, 1e-6) / _HABIT_J), lowest=-30.0, highest=10.0) / 20.0)
    radius = max(0.004, 0.08 * touch.size_m)  # things land on an edge or a corner
    # Only the struck part of a thin wall takes part in the contact.
    local = touch.mass_kg * (1.0 - 0.9 * touch.thing.ring)
    width = contact_time_s(touch.thing, touch.surface, local, touch.speed_m_s, radius)
    longest = _bodies(plan, touch, dice, width)
    _contacts(plan, touch, dice, width)
    _noises(plan, touch, dice, width)
    plan.gain = 0.65 * force
    return plan, longest


def _bodies(plan: Plan, touch: Touch, dice: Dice, width: float) -> float:
    thing, surface = touch.thing, touch.surface
    # Panels of a hollow box are thin; a solid lump is as thick as it is long.
    thickness = 0.045 if touch.hollow or thing.ring > 0.6 else 0.10
    lowest = fundamental_hz(thing, touch.size_m, thickness)
    thing_modes = body_modes(
        thing,
        dice.around(lowest, 0.05),
        dice,
        count=26,
        slope=0.30 - 0.60 * thing.ring**4 + 0.35 * (dice.around(1.0, 1.0) - 1.0),
        stretch=1.0 + 0.42 * thing.ring**4,
        longest_s=0.05 + 0.15 * min(1.0, thing.ring / 0.6) + (0.55 if touch.hollow else 0.4) * thing.ring**4,
    )
    plan.ring(thing_modes, (0.05 + 0.35 * thing.ring) * (1.4 if _solid(touch) else 1.0) * dice.db(2.5), width)
    ground = GROUNDS[surface.name]
    heavy = min(2.0, max(0.45, (touch.mass_kg / 2.0) ** 0.12))
    plan.ring(
        thud_modes(ground.thud_hz * (2.6 if _solid(touch) else 1.7) / heavy, 0.12 * heavy, dice, count=4),
        (0.5 if _solid(touch) else 1.0) * (0.05 + 0.11 * _hump(thing.ring)) * min(1.6, heavy) * dice.db(4.0),
        width,
    )
    if surface.ring > 0.2:
        lowest = ground.body_hz or ground.tock_hz * (2.2 if _solid(touch) else 1.0)
        modes = body_modes(surface, dice.around(lowest, 0.05), dice, count=14, longest_s=0.1 + 0.8 * surface.ring**2)
        plan.ring(modes, 0.22 * surface.ring * dice.db(2.0), width)
    breaks = (thing.name in _BRITTLE or surface.name in _BRITTLE) and touch.speed_m_s >= _BREAKS_M_S
    return max(2.2 if breaks else 0.7, min(2.6, max(1.4 * mode[1] for mode in plan.modes)))


def _contacts(plan: Plan, touch: Touch, dice: Dice, width: float) -> None:
    hard = min(1.0, touch.thing.contact_gpa * touch.surface.contact_gpa / 4.0)
    plan.pulse(0.0, width, 1.0, thump=0.10 + 0.12 * hard, roughness=0.25 + 0.4 * touch.surface.roughness)
    # A body that is no ball rocks onto its other corners; small ones do so sooner.
    bounces = 1 + int(dice.between(0.0, 2.99))
    delay, share = 0.0, 1.0
    springy = 0.75 * (1.0 - 0.7 * touch.surface.loose) * (0.4 + 0.6 * min(1.0, touch.thing.contact_gpa))
    if _solid(touch):
        springy *= 0.45  # a lump stays where it falls
    for _ in range(bounces):
        delay += dice.between(0.018, 0.075) * min(2.0, max(0.35, (touch.size_m / 0.3) ** 0.5))
        share *= springy * dice.between(0.25, 0.75)
        if share < 0.03:
            break
        plan.pulse(delay, width * dice.between(0.7, 1.3), share, thump=0.06 * share, roughness=0.4)
        plan.band(dice.around(_click_hz(width), 0.3), 2.2, 0.06 * share * hard, 0.02, delay_s=delay)


def _solid(touch: Touch) -> bool:
    """A lump of stone, brick or the like: no walls that could ring."""
    return touch.thing.ring < 0.6 and touch.thing.contact_gpa > 2.0 and not touch.hollow


def _hump(ring: float) -> float:
    """How much of the ground's thud is heard: things that ring hide it, but sheet metal is laid down flat."""
    return 1.0 - ring + 24.0 * max(0.0, ring - 0.9)


def _click_hz(width: float) -> float:
    return min(7000.0, max(250.0, 0.9 / width))


def _noises(plan: Plan, touch: Touch, dice: Dice, width: float) -> None:
    surface = touch.surface
    solid = _solid(touch)
    click = 0.05 + 0.14 * min(1.0, touch.thing.contact_gpa * surface.contact_gpa / 2.0) ** 0.4
    centre = _click_hz(width)
    plan.band(dice.around(centre, 0.15), 2.2, click * dice.db(4.0), 0.018)
    plan.band(dice.around(0.4 * centre, 0.15), 1.8, 0.6 * click, 0.05)
    # What the walls of any place give back.
    plan.band(dice.around(480.0, 0.1), 2.8, 0.003 if solid else 0.005 + 0.02 * touch.thing.ring, 0.50, attack_s=0.010)
    plan.band(
        dice.around(2.2 * centre, 0.2),
        2.0,
        (0.06 if solid else 0.25 + 0.5 * touch.thing.ring**4) * click,
        0.012 + 0.03 * surface.roughness,
    )
    if touch.thing.ring > 0.8 or surface.ring > 0.8:
        # A thin hard wall has hundreds of modes above its lowest dozens: they are heard as a short bright wash.
        wash = 0.16 * max(touch.thing.ring, 0.7 * surface.ring) * min(1.0, 0.0006 / width) * dice.db(3.0)
        plan.band(dice.around(5500.0, 0.1), 2.0, wash, 0.15)
        plan.band(dice.around(10500.0, 0.1), 1.6, wash, 0.13)
        plan.band(dice.around(1600.0, 0.1), 2.4, 0.4 * wash, 0.20)
    if touch.thing.ring > 0.9 and surface.contact_gpa > 0.5:
        # Sheet metal on hard ground rattles until it lies.
        plan.grain(
            STRIKE, dice.around(70.0, 0.5), 0.2, 1500, 7000, 0.01, spread_db=8.0, shape=0.9, delay_s=0.012, fall_s=0.3
        )
    ground = GROUNDS[surface.name]
    if surface.loose > 0.15:
        low, high = ground.crunch_hz
        loud = 0.5 * ground.crunch + 0.06 * surface.loose
        plan.grain(
            NOISE, 500.0 * surface.loose, loud, low, high, 1.3 * ground.grain_s, spread_db=9.0, shape=0.35,
            fall_s=0.35,
        )  # fmt: skip
        plan.band(ground.hiss_hz, ground.hiss_octaves, 1.6 * ground.hiss, 0.22, attack_s=0.001)
    if touch.thing.name in _BRITTLE or surface.name in _BRITTLE:
        _shards(plan, touch, dice)
    if touch.wet > 0.2 or surface.name in ("water", "mud"):
        plan.band(1800.0, 2.5, 0.06 * max(touch.wet, 0.5), 0.18, attack_s=0.006)


def _shards(plan: Plan, touch: Touch, dice: Dice) -> None:
    """Brittle things chip; above a speed that games call a hit, they break and the pieces ring as they fall."""
    thing = touch.thing if touch.thing.name in _BRITTLE else touch.surface
    low, high = 0.7 * thing.grain_low_hz, thing.grain_high_hz
    if touch.speed_m_s < _BREAKS_M_S:
        plan.grain(TONE, 60.0, 0.02, low, high, thing.grain_decay_s, shape=0.0, delay_s=0.01, rise_s=0.02, fall_s=0.2)
        return
    fall = dice.between(1.2, 2.2)
    plan.band(dice.around(5200.0, 0.1), 2.6, 0.09, 0.12)
    plan.band(dice.around(6500.0, 0.1), 2.4, 0.050, 1.1 * fall, attack_s=0.01)
    plan.grain(
        TONE, 300.0, 0.06, low, high, 3.0 * thing.grain_decay_s, spread_db=8.0, gain_tilt=-0.1, shape=0.0, fall_s=0.5
    )
    plan.grain(
        TONE, 160.0, 0.06, low, high, 3.0 * thing.grain_decay_s, spread_db=9.0, gain_tilt=-0.1, shape=0.0,
        delay_s=0.12, rise_s=0.12, fall_s=fall,
    )  # fmt: skip
    plan.grain(NOISE, 200.0, 0.06, 0.5 * low, high, 0.012, spread_db=8.0, delay_s=0.05, rise_s=0.1, fall_s=1.5 * fall)
