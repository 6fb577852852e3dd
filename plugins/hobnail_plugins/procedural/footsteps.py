"""A footstep: heel, roll, ball, and the ground's answer to each."""

from __future__ import annotations

from math import log10

from msgspec.structs import replace

from hobnail_plugins.procedural.bodies import body_modes, contact_time_s, thud_modes
from hobnail_plugins.procedural.dice import Dice
from hobnail_plugins.procedural.grounds import GROUNDS, Ground
from hobnail_plugins.procedural.plan import NOISE, RANDOM, TONE, Plan
from hobnail_plugins.procedural.touch import Touch, level_db

_HEEL_KG = 0.9
"""Mass behind the heel's edge at first contact; the body's weight follows more slowly."""


def footstep(touch: Touch, dice: Dice) -> tuple[Plan, float]:
    """A plan and its longest duration in seconds."""
    ground = _spot(GROUNDS[touch.surface.name], dice)
    plan = Plan()
    pace = min(6.0, max(0.25, touch.speed_m_s / 1.3))
    force = 10.0 ** (level_db(touch, 18.0 * log10(pace), highest=7.0) / 20.0)
    heavy = min(2.0, max(0.5, (touch.mass_kg / 75.0) ** 0.33))
    # Walkers roll over the foot in about 100 ms, runners land nearly flat (Ekimov and Sabatier, JASA 120(2), 2006).
    gap = dice.around(min(0.15, max(0.025, 0.10 * pace**-0.7)), 0.2)
    ball = dice.around(0.55, 0.25)
    heel_s = contact_time_s(touch.thing, touch.surface, _HEEL_KG * heavy, touch.speed_m_s, 0.03)
    _contacts(plan, touch, ground, dice, heel_s, gap, ball)
    _noises(plan, touch, ground, dice, gap, ball)
    if touch.wet > 0.0 or touch.surface.name == "water":
        _wetness(plan, 1.0 if touch.surface.name == "water" else touch.wet, dice, gap)
    plan.gain = ground.gain * force
    return plan, max(0.35, gap + 1.6 * max(ground.crunch_s, ground.hiss_s), 1.2 * ground.body_longest_s)


def _spot(ground: Ground, dice: Dice) -> Ground:
    """No two steps meet the same spot: its pitches, and how it divides the step, differ from take to take."""
    return replace(
        ground,
        thud_hz=dice.around(ground.thud_hz, 0.12),
        thud=ground.thud * dice.db(3.5),
        tock_hz=dice.around(ground.tock_hz, 0.10),
        tock=ground.tock * dice.db(3.0),
        hiss_hz=dice.around(ground.hiss_hz, 0.2),
        hiss=ground.hiss * dice.db(5.0),
        crunch=ground.crunch * dice.db(3.5),
        crunch_hz=(dice.around(ground.crunch_hz[0], 0.3), dice.around(ground.crunch_hz[1], 0.3)),
        crunch_rate_hz=dice.around(ground.crunch_rate_hz, 0.3),
        late=dice.around(ground.late, 0.25),
        click=ground.click * dice.db(3.0),
    )


def _early(ground: Ground) -> float:
    """Share of the heel where the weight is heard later; it is never less than what tells of the step at once."""
    return 1.0 / (1.0 + 1.4 * max(0.0, ground.late - 0.5))


def _contacts(plan: Plan, touch: Touch, ground: Ground, dice: Dice, heel_s: float, gap: float, ball: float) -> None:
    heavy = (75.0 / touch.mass_kg) ** 0.2
    low = min(1.3, max(0.7, heavy))
    early = _early(ground)
    # The foot is soft behind a hard heel: a long push with a short knock on top.
    width = min(0.012, max(0.0008, heel_s))
    plan.ring(thud_modes(ground.thud_hz * low, ground.thud_s, dice), 1.3 * ground.thud * dice.db(2.0), width)
    hardness = min(1.0, (touch.thing.contact_gpa / 0.08) ** 0.15)
    plan.ring(
        thud_modes(ground.tock_hz, ground.tock_s, dice, count=6, spread=1.27),
        ground.tock * hardness * dice.db(2.0),
        min(width, 0.4 / ground.tock_hz),
    )
    if ground.body > 0.0:
        modes = body_modes(
            touch.surface,
            dice.around(ground.body_hz, 0.08),
            dice,
            count=24,
            slope=0.55 - 0.45 * touch.surface.ring**2,
            stretch=1.0 + 0.12 * touch.surface.ring,
            longest_s=ground.body_longest_s,
        )
        plan.ring(modes, ground.body * dice.db(2.0), min(width, 0.0015))
        hard = min(1.5, (touch.thing.contact_gpa / 0.08) ** 0.3) * touch.surface.ring**2
        plan.pulse(0.0, 0.0004, 0.45 * hard, roughness=0.5)
        plan.pulse(gap, 0.0006, 0.3 * hard * ball, roughness=0.5)
    plan.pulse(0.0, width, 0.75 * early, thump=0.5 * early * ground.thud * hardness, roughness=0.3)
    plan.pulse(0.0, min(width, 0.4 / ground.tock_hz), 0.55 * early, roughness=0.6)
    plan.pulse(gap, 1.6 * width, 0.75 * ball * (1.0 + 0.5 * (1.0 - early)), thump=0.3 * ground.thud, roughness=0.4)
    plan.pulse(gap + dice.between(0.002, 0.012), 0.5 / ground.tock_hz, 0.45 * ball, roughness=0.8)
    for _ in range(3):  # a sole is not flat: smaller touches between heel and ball
        plan.pulse(dice.between(0.004, gap + 0.03), dice.between(0.3, 0.8) / ground.tock_hz, dice.between(0.04, 0.2))


def _noises(plan: Plan, touch: Touch, ground: Ground, dice: Dice, gap: float, ball: float) -> None:
    sole = touch.thing
    late = ground.late * ball / 0.55
    click = ground.click * min(2.0, (sole.contact_gpa / 0.08) ** 0.3) * dice.db(3.0)
    if click > 0.004:
        bright = min(3500.0, 2.3 * ground.tock_hz * (sole.contact_gpa / 0.08) ** 0.15)
        plan.band(dice.around(bright, 0.2), 1.8, click, 0.022, stages=2)
        plan.band(dice.around(bright * 1.2, 0.2), 1.8, 0.5 * click * ball, 0.03, delay_s=gap, attack_s=0.002, stages=2)
        plan.band(dice.around(3.0 * bright, 0.2), 2.0, 0.25 * click, 0.010)
    if sole.name == "metal":  # hobnails: a few bright clicks
        plan.grain(NOISE, 140.0, 0.06, 3000, 9000, 0.02, shape=0.15, fall_s=0.12)
    early = _early(ground)
    knock = 0.45 * ground.tock * dice.db(2.0)
    plan.band(ground.tock_hz, 1.6, early * knock, 0.9 * ground.tock_s, stages=2)
    plan.band(ground.tock_hz * 1.1, 1.6, 0.7 * knock * ball, 1.2 * ground.tock_s, attack_s=0.004, delay_s=gap, stages=2)
    # What the walls of any place give back, 30 dB below.
    plan.band(1.3 * ground.tock_hz, 2.6, 0.035 * ground.tock, 0.42, attack_s=0.012)
    # A foot does not slide evenly: lumps, without which a step on earth is a puff of noise.
    lumps = plan.modulator(dice.between(22.0, 34.0), RANDOM, jitter=0.8)
    crumbs = plan.modulator(dice.between(55.0, 90.0), RANDOM, jitter=0.8)
    loose = touch.surface.loose
    hiss = 1.35 * ground.hiss * dice.db(2.0)
    slide = dice.around(ground.hiss_hz, 0.12)
    plan.band(
        slide,
        ground.hiss_octaves,
        early * hiss,
        0.5 * ground.hiss_s,
        attack_s=0.001,
        stages=2,
        modulator=crumbs,
        depth=0.6 + 0.3 * loose,
    )
    plan.band(
        1.1 * slide,
        ground.hiss_octaves,
        1.2 * hiss * late,
        0.8 * ground.hiss_s,
        attack_s=0.4 * gap + 0.16 * ground.hiss_s,
        delay_s=0.3 * gap,
        stages=2,
        modulator=lumps,
        depth=0.5 + 0.4 * loose,
    )
    if loose > 0.2:  # dust and small crystals, far above the rest
        plan.band(6500.0, 2.6, 0.15 * hiss * late, 0.8 * ground.hiss_s, attack_s=0.3 * gap, modulator=crumbs, depth=0.9)
    low, high = ground.crunch_hz
    crunch = ground.crunch * dice.db(2.0)
    wide = ground.grain_width or 0.6 + 0.5 * loose
    spread_db = 7.0 - 2.0 * loose
    tilt = 0.1 + 0.35 * touch.surface.roughness**2 + 0.4 * (dice.around(1.0, 0.5) - 1.0)  # big stones are loud and low
    # Heel and ball crush in turn; each time the first grains are many and strong.
    plan.grain(
        NOISE, 1.5 * ground.crunch_rate_hz, early * crunch, low, high, ground.grain_s, spread_db=spread_db,
        gain_tilt=tilt, shape=wide, fall_s=0.4 * ground.crunch_s,
    )  # fmt: skip
    plan.grain(
        NOISE, 1.3 * ground.crunch_rate_hz, 1.2 * crunch * late, low, high, ground.grain_s, spread_db=spread_db,
        gain_tilt=tilt, shape=wide, delay_s=0.4 * gap, rise_s=0.5 * gap + 0.12 * ground.crunch_s,
        fall_s=0.8 * ground.crunch_s, modulator=lumps, depth=0.4 + 0.4 * loose,
    )  # fmt: skip


def _wetness(plan: Plan, wet: float, dice: Dice, gap: float) -> None:
    plan.band(dice.around(2400.0, 0.2), 2.6, 0.04 * wet, 0.22, attack_s=0.015)
    plan.grain(
        TONE, 150.0 * wet, 0.055 * wet, 500, 2600, 0.035, shape=0.4, attack_s=0.002, delay_s=0.3 * gap, rise_s=0.03,
        fall_s=0.5 + 0.4 * wet,
    )  # fmt: skip
