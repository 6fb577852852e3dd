"""Doors: a leaf that booms in its frame, a latch that clicks, a hinge that sticks and slips."""

from __future__ import annotations

from math import log10

from hobnail_plugins.procedural.bodies import body_modes, fundamental_hz, thud_modes
from hobnail_plugins.procedural.dice import Dice
from hobnail_plugins.procedural.materials import MATERIALS
from hobnail_plugins.procedural.plan import NOISE, SLIP, STRIKE, Plan
from hobnail_plugins.procedural.touch import Touch, level_db

_LEAF = 0.02  #: thickness over length of a door leaf


def door_close(touch: Touch, dice: Dice) -> tuple[Plan, float]:
    """The leaf hits the stop along its edge, the frame and wall answer, the latch falls in."""
    plan = Plan()
    leaf = touch.surface
    force = 10.0 ** (
        level_db(touch, 14.0 * log10(max(touch.speed_m_s, 0.05)) + 6.0 * log10(touch.mass_kg / 25.0)) / 20.0
    )
    low = min(1.6, max(0.7, (25.0 / touch.mass_kg) ** 0.25))
    plan.ring(thud_modes(78.0 * low, 0.85, dice, count=4, spread=1.45), 0.25 * dice.db(1.5), 0.004)
    lowest = max(60.0, fundamental_hz(leaf, 0.45 * touch.size_m, _LEAF))
    plan.ring(
        body_modes(leaf, dice.around(lowest, 0.06), dice, count=18, slope=0.7, longest_s=0.5 + 0.5 * leaf.ring**3),
        (0.12 + 0.28 * leaf.ring) * dice.db(1.5),
        0.003,
    )
    plan.pulse(0.0, 0.004, 0.8, thump=0.16, roughness=0.5)
    delay = 0.0
    for _ in range(6):  # the edge meets the stop unevenly: a flurry rather than one blow
        delay += dice.between(0.004, 0.045)
        plan.pulse(delay, dice.between(0.002, 0.005), dice.between(0.15, 0.6), thump=0.05, roughness=0.6)
    plan.band(dice.around(150.0, 0.1), 1.8, 0.12, 0.40)
    plan.band(dice.around(420.0, 0.1), 3.0, 0.034, 1.2, attack_s=0.02)  # the room behind the door
    plan.band(dice.around(650.0, 0.1), 2.2, 0.075, 0.30)
    plan.band(dice.around(2400.0, 0.1), 2.4, 0.040, 0.14)
    latch_s = dice.between(0.012, 0.05)
    _latch(plan, dice, latch_s, 0.75)
    if dice.chance(0.6):
        _latch(plan, dice, latch_s + dice.between(0.05, 0.14), 0.35)
    # What hangs loose in lock and frame rattles on.
    plan.grain(STRIKE, 70.0, 0.22, 700, 3500, 0.05, shape=0.7, delay_s=0.02, fall_s=0.6)
    plan.grain(NOISE, 70.0, 0.025, 900, 5000, 0.02, shape=0.25, delay_s=0.03, fall_s=0.30)
    plan.gain = force
    return plan, 1.4


def door_open(touch: Touch, dice: Dice) -> tuple[Plan, float]:
    """The handle turns, the latch springs, the hinge may creak while the leaf swings."""
    plan = Plan()
    leaf = touch.surface
    force = 10.0 ** (level_db(touch, 10.0 * log10(max(touch.speed_m_s, 0.05) / 0.8)) / 20.0)
    lowest = max(90.0, fundamental_hz(leaf, 0.35 * touch.size_m, _LEAF))
    modes = body_modes(leaf, dice.around(lowest, 0.08), dice, count=24, slope=0.35, longest_s=0.12 + 0.4 * leaf.ring**3)
    plan.ring(modes, 0.13 * dice.db(1.5), 0.002)
    plan.pulse(0.0, 0.0015, 0.35, thump=0.04, roughness=0.5)
    _latch(plan, dice, 0.0, 0.8)
    spring_s = dice.between(0.06, 0.12)
    _latch(plan, dice, spring_s, 0.9)
    plan.pulse(spring_s + 0.01, 0.003, 0.7, thump=0.08, roughness=0.5)
    swing_s = spring_s + 0.03
    plan.band(dice.around(650.0, 0.15), 2.8, 0.030, 0.45, attack_s=0.08, delay_s=swing_s)
    if dice.chance(0.7):
        slip = plan.modulator(dice.between(28.0, 75.0), SLIP, jitter=0.9)
        creak = 0.006 * dice.db(4.0)
        plan.band(
            1300.0, 2.2, creak, dice.between(0.4, 0.9), attack_s=0.12, delay_s=swing_s, to_modes=0.022,
            modulator=slip, depth=1.0,
        )  # fmt: skip
    plan.grain(NOISE, 130.0, 0.15, 1100, 9000, 0.012, shape=0.35, spread_db=8.0, fall_s=0.45)
    plan.grain(STRIKE, 60.0, 0.25, 900, 5000, 0.05, shape=0.7, fall_s=0.45)
    plan.gain = force
    return plan, 1.5


def _latch(plan: Plan, dice: Dice, delay_s: float, loud: float) -> None:
    """A small steel bolt: two bright ticks, close together."""
    bolt = MATERIALS["metal"]
    if len(plan.modes) <= 40:
        modes = body_modes(bolt, dice.around(1450.0, 0.15), dice, count=6, slope=0.2, longest_s=0.06)
        plan.ring(modes, 0.09 * loud, 0.0003)
    plan.pulse(delay_s, 0.0004, 0.8 * loud, roughness=0.5)
    plan.pulse(delay_s + dice.between(0.006, 0.016), 0.0003, 0.5 * loud, roughness=0.5)
    if len(plan.bands) < 9:
        plan.band(dice.around(3600.0, 0.2), 1.8, 0.10 * loud, 0.014, delay_s=delay_s)
        plan.band(dice.around(1700.0, 0.2), 1.8, 0.07 * loud, 0.02, delay_s=delay_s + 0.008)
