"""Rubbing and rolling: micro-impacts whose rate follows speed and whose strength follows roughness."""

from __future__ import annotations

from math import pi

from hobnail_plugins.procedural.bodies import body_modes, fundamental_hz, thud_modes
from hobnail_plugins.procedural.dice import Dice
from hobnail_plugins.procedural.grounds import GROUNDS
from hobnail_plugins.procedural.plan import NOISE, RANDOM, SINE, SLIP, STRIKE, Plan
from hobnail_plugins.procedural.touch import Touch


def rubbed_modes(touch: Touch, dice: Dice) -> Plan:
    """The modes of both bodies while they stay in touch: contact damps them."""
    plan = Plan()
    thing, surface = touch.thing, touch.surface
    thickness = 0.025 if touch.hollow or thing.ring > 0.6 else 0.10
    lowest = fundamental_hz(thing, touch.size_m, thickness)
    modes = body_modes(
        thing, dice.around(lowest, 0.05), dice, count=18, slope=0.4, longest_s=0.10 + 0.5 * thing.ring**2
    )
    plan.ring(modes, 0.06 + 0.24 * thing.ring, 0.002)
    ground = GROUNDS[surface.name]
    plan.ring(thud_modes(ground.thud_hz, 0.10, dice, count=3), 0.16, 0.004)
    if surface.ring > 0.2:
        modes = body_modes(surface, dice.around(ground.body_hz or ground.tock_hz, 0.05), dice, count=10, longest_s=0.25)
        plan.ring(modes, 0.20 * surface.ring, 0.002)
    return plan


def roll(base: Plan, touch: Touch) -> Plan:
    """Unevenness once a turn, grit many times a second, a rumble from the weight."""
    plan = Plan()
    plan.modes = base.modes
    speed = touch.speed_m_s
    if speed < 0.01:
        return plan
    thing, surface = touch.thing, touch.surface
    turns_hz = min(40.0, speed / (pi * touch.size_m))
    wobble = plan.modulator(turns_hz, SINE, jitter=0.15)
    uneven = plan.modulator(2.0 + 5.0 * turns_hz, RANDOM, jitter=0.6)
    rough = 0.15 + 0.85 * max(surface.roughness, 0.6 * thing.roughness)
    heavy = min(2.0, max(0.35, (touch.mass_kg / 10.0) ** 0.2))
    pace = min(3.0, (speed / 1.5) ** 0.7)
    hard = min(1.0, thing.contact_gpa * surface.contact_gpa / 2.0) ** 0.15
    top = min(9000.0, 700.0 * hard * (1.0 + speed) ** 0.6 + 200.0)
    level = 0.7 * pace * rough * heavy
    plan.grain(
        STRIKE, min(700.0, 70.0 * speed + 15.0), 0.22 * level, 0.35 * top, top, 0.01, spread_db=9.0, gain_tilt=0.5,
        shape=0.8, modulator=wobble, depth=0.45,
    )  # fmt: skip
    # Joints, knots and stones: rarer and stronger.
    plan.grain(
        STRIKE, min(60.0, 5.0 * speed + 1.0), 0.65 * level, 0.5 * top, top, 0.01, spread_db=6.0, shape=0.9,
        modulator=uneven, depth=0.7,
    )  # fmt: skip
    plan.band(min(150.0, 62.0 + 14.0 * speed), 1.6, 0.055 * pace * heavy, 0.0, modulator=uneven, depth=0.6)
    plan.band(
        min(1200.0, 240.0 + 90.0 * speed), 1.8, 0.030 * level, 0.0, to_modes=0.002 * level, modulator=wobble, depth=0.5
    )
    plan.band(min(6000.0, 900.0 + 700.0 * speed), 2.4, 0.009 * level * hard, 0.0, modulator=uneven, depth=0.5)
    _loose(plan, touch, 0.7 * pace * heavy, uneven)
    return plan


def scrape(base: Plan, touch: Touch) -> Plan:
    """Friction noise that brightens with speed, stick and slip that shakes the bodies."""
    plan = Plan()
    plan.modes = base.modes
    speed = touch.slip_m_s
    if speed < 0.005:
        return plan
    thing, surface = touch.thing, touch.surface
    heavy = min(2.0, max(0.35, (touch.mass_kg / 5.0) ** 0.25))
    pace = min(2.5, (speed / 0.6) ** 0.8)
    rough = 0.25 + 0.75 * max(surface.roughness, 0.7 * thing.roughness)
    hard = min(1.0, thing.contact_gpa * surface.contact_gpa / 20.0) ** 0.12
    bright = min(9000.0, (500.0 + 2000.0 * hard) * (0.35 + speed / 0.6) ** 0.45)
    slip = plan.modulator(min(160.0, 9.0 + 28.0 * speed), SLIP, jitter=0.8, strike=0.10 * pace * rough * heavy)
    uneven = plan.modulator(4.0 + 18.0 * min(speed, 3.0), RANDOM, jitter=0.6)
    grit = plan.modulator(30.0 + 60.0 * min(speed, 3.0), RANDOM, jitter=0.8)
    level = 0.6 * pace * rough * heavy
    push = 0.006 * level
    plan.band(bright, 1.8, 0.055 * level, 0.0, to_modes=push, modulator=grit, depth=0.7)
    plan.band(0.35 * bright, 1.6, 0.050 * level, 0.0, to_modes=push, modulator=uneven, depth=0.6)
    plan.band(2.4 * bright, 1.6, 0.016 * level * hard, 0.0, modulator=slip, depth=0.6)
    plan.band(130.0, 1.4, 0.030 * pace * heavy, 0.0, modulator=uneven, depth=0.6)
    plan.grain(
        NOISE, min(900.0, 160.0 * speed + 40.0), 0.07 * level, 0.5 * bright, 2.5 * bright, 0.008, spread_db=8.0,
        shape=0.5, modulator=uneven, depth=0.5,
    )  # fmt: skip
    _loose(plan, touch, 0.8 * pace * heavy, uneven)
    return plan


def creak_modes(touch: Touch, dice: Dice) -> Plan:
    """A plank or leaf, held at its ends."""
    plan = Plan()
    lowest = max(140.0, fundamental_hz(touch.surface, 0.3 * touch.size_m, 0.03))
    plan.ring(body_modes(touch.surface, lowest, dice, count=20, slope=0.15, longest_s=0.10), 0.3, 0.0008)
    return plan


def creak(base: Plan, touch: Touch) -> Plan:
    """A hinge or board sticks and slips: a pulse train whose rate follows the speed."""
    plan = Plan()
    plan.modes = base.modes
    speed = touch.speed_m_s
    if speed < 0.002:
        return plan
    pace = min(2.0, (speed / 0.15) ** 0.4)
    # A slow or heavy hinge waits long, lets go by chance and loudly; a fast one runs into an even squeal.
    heavy = min(1.6, max(0.6, (touch.mass_kg / 20.0) ** 0.25))
    slip = plan.modulator(
        min(400.0, 12.0 + 240.0 * speed) / heavy, SLIP, jitter=0.22 + 0.6 / (1.0 + speed / 0.08),
        strike=0.26 * pace * heavy,
    )  # fmt: skip
    uneven = plan.modulator(5.0, RANDOM, jitter=0.6)
    plan.band(1500.0, 2.4, 0.020 * pace, 0.0, to_modes=0.004 * pace, modulator=slip, depth=1.0)
    plan.band(500.0, 1.8, 0.008 * pace, 0.0, modulator=uneven, depth=0.7)
    return plan


def _loose(plan: Plan, touch: Touch, drive: float, modulator: int) -> None:
    """Stones, crystals and blades that a moving body pushes aside."""
    surface = touch.surface
    if surface.loose < 0.15:
        return
    ground = GROUNDS[surface.name]
    low, high = ground.crunch_hz
    rate = ground.crunch_rate_hz * min(3.0, 0.4 + 0.6 * drive)
    plan.grain(
        NOISE, rate, 0.8 * ground.crunch * min(2.0, drive), low, high, ground.grain_s, spread_db=8.0, shape=0.35,
        modulator=modulator, depth=0.6,
    )  # fmt: skip
    plan.band(
        ground.hiss_hz, ground.hiss_octaves, 0.7 * ground.hiss * min(2.0, drive), 0.0, modulator=modulator, depth=0.5
    )
