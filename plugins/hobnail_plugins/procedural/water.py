"""Water: bubbles that ring at Minnaert's pitch, spray that hisses, drops that strike what they meet."""

from __future__ import annotations

from math import log10

from hobnail_plugins.procedural.bodies import body_modes
from hobnail_plugins.procedural.dice import Dice
from hobnail_plugins.procedural.plan import NOISE, RANDOM, STRIKE, TONE, Plan
from hobnail_plugins.procedural.touch import Touch, level_db


def bubble_hz(radius_m: float) -> float:
    """Pitch of an air bubble in water: Minnaert, Phil. Mag. 16, 1933: f = 3.26 m/s / radius at the surface."""
    return 3.26 / radius_m


def splash(touch: Touch, dice: Dice) -> tuple[Plan, float]:
    """Slap at once, then the cavity closes, spray falls back and bubbles rise."""
    plan = Plan()
    energy = 0.5 * touch.mass_kg * touch.speed_m_s**2
    force = 10.0 ** (level_db(touch, 6.0 * log10(max(energy, 1e-5) / 9.0)) / 20.0)
    big = min(3.0, max(0.2, touch.size_m / 0.25))
    slow = big**0.4
    in_water = touch.surface.name in ("water", "mud")
    plan.pulse(0.0, 0.004 * slow, 0.6, thump=0.08 * slow, roughness=0.6)
    plan.band(dice.around(900.0 / slow, 0.1), 2.6, 0.10, 0.07 * slow)
    plan.band(dice.around(3200.0, 0.1), 2.8, 0.055, 0.10)
    plan.band(dice.around(2600.0, 0.1), 3.0, 0.085, 1.15 * slow, attack_s=0.07 * slow, delay_s=0.012)
    plan.band(dice.around(7000.0, 0.1), 1.8, 0.050, 0.80 * slow, attack_s=0.09 * slow, delay_s=0.02)
    plan.band(dice.around(750.0 / slow, 0.1), 1.6, 0.075, 0.70 * slow, attack_s=0.05 * slow, delay_s=0.01)
    cavity_hz = bubble_hz(0.012 * big)
    plan.grain(
        TONE, 55.0, 0.15 * (1.0 if in_water else 0.3), cavity_hz, 3.0 * cavity_hz, 0.09 * slow, shape=0.5,
        attack_s=0.006, delay_s=0.03 * slow, rise_s=0.05 * slow, fall_s=0.7 * slow,
    )  # fmt: skip
    plan.grain(
        TONE, 260.0, 0.045, bubble_hz(0.004), bubble_hz(0.0011), 0.035, spread_db=8.0, shape=0.3, attack_s=0.002,
        delay_s=0.04, rise_s=0.12 * slow, fall_s=1.5 * slow,
    )  # fmt: skip
    plan.grain(
        NOISE, 420.0, 0.05, 1500, 8000, 0.012, spread_db=8.0, shape=0.5, delay_s=0.02, rise_s=0.10 * slow,
        fall_s=1.1 * slow,
    )  # fmt: skip
    plan.gain = force
    return plan, 1.1 + 1.0 * slow


def rain_modes(touch: Touch, dice: Dice) -> Plan:
    """What drops can wake: a sheet of whatever they fall on."""
    plan = Plan()
    if touch.surface.ring > 0.3:
        lowest = 160.0 if touch.surface.name == "metal" else 260.0
        modes = body_modes(touch.surface, lowest, dice, count=18, slope=0.2, longest_s=0.05 + 0.25 * touch.surface.ring)
        plan.ring(modes, 0.3, 0.0008)
    return plan


def rain(base: Plan, touch: Touch) -> Plan:
    """Drops on a surface; intensity sets how many, and only with that how loud."""
    plan = Plan()
    plan.modes = base.modes
    density = 0.5 if touch.intensity is None else touch.intensity
    rate = 14.0 * 80.0**density
    loud = 0.35 + 0.9 * density
    gust = plan.modulator(1.3, RANDOM, jitter=0.6)
    surface = touch.surface
    # Drops too many and too far to be told apart; a downpour is the brighter one.
    wash = 0.042 * density**1.3 + 0.0015
    plan.band(3300.0 + 1300.0 * density, 3.6, wash, 0.0, modulator=gust, depth=0.3)
    plan.band(1100.0, 2.6, (0.85 - 0.6 * density) * wash, 0.0, modulator=gust, depth=0.3)
    if surface.name in ("water", "mud") or touch.wet > 0.5:
        # Small drops trap small bubbles: the "plink" of rain on water (Pumphrey, Crum and Bjorno, JASA 85, 1989).
        plan.grain(TONE, 0.5 * rate, 0.026 * loud, 1900, 7500, 0.020, spread_db=9.0, shape=0.15, attack_s=0.0008)
    hard = min(1.0, surface.contact_gpa / 2.0) ** 0.3
    low, high = 700.0 + 700.0 * hard, 3500.0 + 5000.0 * hard
    plan.grain(
        NOISE, 1.4 * rate, 0.042 * loud, low, high, 0.010, spread_db=8.0, decay_tilt=0.6, gain_tilt=0.4, shape=0.55,
        modulator=gust, depth=0.3,
    )  # fmt: skip
    plan.grain(NOISE, 0.06 * rate, 0.05 * (0.8 + 0.2 * loud), 0.4 * low, 0.6 * high, 0.022, spread_db=7.0, shape=0.8)
    if plan.modes:
        plan.grain(STRIKE, 0.6 * rate, 0.06 * loud * surface.ring, 1200, 6000, 0.01, spread_db=10.0, shape=0.8)
    return plan


def pour(_base: Plan, touch: Touch) -> Plan:
    """A stream: bubbles by the hundred, a hiss of spray; larger vessels sound lower."""
    plan = Plan()
    flow = 0.5 if touch.intensity is None else touch.intensity
    low_hz = bubble_hz(0.0075 * min(3.0, max(0.4, (touch.size_m / 0.2) ** 0.5)))
    gurgle = plan.modulator(7.0 + 6.0 * flow, RANDOM, jitter=0.6)
    slow = plan.modulator(2.1, RANDOM, jitter=0.6)
    into_water = touch.surface.name in ("water", "mud")
    bubbles = 1.0 if into_water else 0.35
    rate = 70.0 * 7.0**flow
    loud = 0.5 + 0.7 * flow
    plan.grain(
        TONE, 0.35 * rate * bubbles, 0.075 * loud, low_hz, 2.4 * low_hz, 0.07, shape=0.35, attack_s=0.004,
        modulator=gurgle, depth=0.8,
    )  # fmt: skip
    plan.grain(
        TONE, rate * bubbles, 0.045 * loud, 2.0 * low_hz, 8.0 * low_hz, 0.035, spread_db=8.0, shape=0.3,
        attack_s=0.002, modulator=gurgle, depth=0.6,
    )  # fmt: skip
    plan.grain(NOISE, rate, 0.035 * loud * (1.6 - 0.6 * bubbles), 1400, 8000, 0.012, spread_db=8.0, shape=0.5)
    plan.band(1500.0, 2.4, 0.022 * loud, 0.0, modulator=gurgle, depth=0.5)
    plan.band(5200.0, 2.6, 0.019 * loud * (1.0 + flow), 0.0, modulator=slow, depth=0.4)
    plan.band(3.0 * low_hz, 1.2, 0.014 * loud, 0.0, modulator=gurgle, depth=0.9)
    return plan
