"""Cloth and wind: broad noise that moves, with the small snaps of fibres."""

from __future__ import annotations

from math import log10

from hobnail_plugins.procedural.dice import Dice
from hobnail_plugins.procedural.plan import NOISE, RANDOM, SINE, Plan
from hobnail_plugins.procedural.touch import Touch, level_db


def _brightness_hz(touch: Touch) -> float:
    """Stiff thin materials rustle high, soft ones low."""
    return float(min(6500.0, 900.0 + 1900.0 * (touch.surface.contact_gpa / 0.004) ** 0.2))


def cloth(touch: Touch, dice: Dice) -> tuple[Plan, float]:
    """One rustle: two or three swells of fibre noise and some snaps."""
    plan = Plan()
    force = 10.0 ** (level_db(touch, 12.0 * log10(max(touch.speed_m_s, 0.05))) / 20.0)
    bright = _brightness_hz(touch)
    slow = min(2.0, max(0.4, max(touch.speed_m_s, 0.1) ** -0.4))
    flutter = plan.modulator(dice.between(14.0, 30.0) / slow, RANDOM, jitter=0.7)
    plan.band(dice.around(bright, 0.1), 2.4, 0.060, 0.26 * slow, attack_s=0.008, modulator=flutter, depth=0.7)
    plan.band(
        dice.around(1.3 * bright, 0.1), 2.2, 0.055 * dice.db(3.0), 0.48 * slow, attack_s=0.05 * slow,
        delay_s=dice.between(0.06, 0.14) * slow, modulator=flutter, depth=0.8,
    )  # fmt: skip
    plan.band(
        dice.around(0.35 * bright, 0.1), 1.8, 0.05, 0.40 * slow, attack_s=0.02 * slow, modulator=flutter, depth=0.5
    )
    plan.band(160.0, 1.6, 0.03, 0.12)
    plan.grain(
        NOISE, 190.0 / slow, 0.040, 0.6 * bright, 2.5 * bright, 0.010, spread_db=8.0, shape=0.6, fall_s=0.8 * slow
    )
    plan.gain = force
    return plan, 0.5 + 0.7 * slow


def still(_touch: Touch, _dice: Dice) -> Plan:
    """Nothing that rings."""
    return Plan()


def cloth_move(_base: Plan, touch: Touch) -> Plan:
    """Clothing in motion: rustles come with the strides."""
    plan = Plan()
    speed = touch.speed_m_s
    if speed < 0.01:
        return plan
    pace = min(2.5, (speed / 0.8) ** 0.7)
    bright = _brightness_hz(touch)
    stride = plan.modulator(1.2 + 0.6 * min(speed, 5.0), SINE, jitter=0.3)
    flutter = plan.modulator(9.0 + 7.0 * min(speed, 5.0), RANDOM, jitter=0.7)
    plan.band(bright, 2.6, 0.035 * pace, 0.0, modulator=stride, depth=0.7)
    plan.band(1.6 * bright, 2.0, 0.020 * pace, 0.0, modulator=flutter, depth=0.9)
    plan.band(0.35 * bright, 1.8, 0.026 * pace, 0.0, modulator=flutter, depth=0.7)
    plan.grain(
        NOISE, 60.0 + 60.0 * pace, 0.045 * pace, 0.6 * bright, 2.5 * bright, 0.010, spread_db=8.0, shape=0.6,
        modulator=stride, depth=0.8,
    )  # fmt: skip
    return plan


def wind(_base: Plan, touch: Touch) -> Plan:
    """Gusts: a low roar, a body, and a whistle that comes only when it blows hard."""
    plan = Plan()
    speed = min(40.0, touch.speed_m_s)
    if speed < 0.05:
        return plan
    pace = min(3.0, (speed / 6.0) ** 0.9)
    gust = plan.modulator(0.35 + 0.03 * speed, RANDOM, jitter=0.6)
    eddy = plan.modulator(1.4 + 0.1 * speed, RANDOM, jitter=0.7)
    turn = plan.modulator(0.8, RANDOM, jitter=0.5)
    plan.band(130.0 + 6.0 * speed, 2.2, 0.080 * pace, 0.0, stages=2, modulator=gust, depth=0.7)
    plan.band(400.0 + 20.0 * speed, 1.3, 0.055 * pace, 0.0, stages=2, modulator=eddy, depth=0.8)
    plan.band(820.0 + 40.0 * speed, 0.45, 0.020 * pace**1.5, 0.0, stages=2, modulator=turn, depth=1.0)
    plan.band(2200.0, 2.4, 0.005 * pace**1.5, 0.0, stages=2, modulator=gust, depth=0.8)
    if touch.surface.name in ("leaves", "grass"):
        plan.grain(
            NOISE, 60.0 * pace, 0.02 * pace, 1800, 9000, 0.03, spread_db=8.0, shape=0.6, attack_s=0.004,
            modulator=gust, depth=0.9,
        )  # fmt: skip
    return plan
