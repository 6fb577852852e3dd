"""Somebody in boots walks or runs over one to three grounds: a gait with small human irregularities."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass

import numpy as np

from hobnail.scene import Contact
from hobnail_trainer.corpus.model import Material
from hobnail_trainer.scenes.materials import GROUNDS
from hobnail_trainer.scenes.model import PICTURE_HZ, TICK_HZ, SceneEmitter, Words
from hobnail_trainer.scenes.play import (
    Motion,
    Patch,
    Play,
    Shape,
    Track,
    View,
    event,
    in_order,
    pictures,
    ticks,
)

SOLE_M2 = 0.022
RUNS_ABOVE_M_S = 2.2


@dataclass(frozen=True, slots=True)
class Step:
    """One foot comes down."""

    at_s: float
    x_m: float
    side: int  #: 0 or 1
    heel_m_s: float
    impulse_n_s: float


@dataclass(frozen=True, slots=True)
class Gait:
    """How somebody moves: where the hip is at every time, and where and when feet come down."""

    speed_m_s: float
    steps_per_s: float
    leg_m: float
    mass_kg: float
    stance_s: float  #: how long a foot stays down
    steps: tuple[Step, ...]

    def hip(self, at_s: Track) -> Track:
        """x and y of the hip, float64 [..., 2]: it is lowest when a foot comes down, highest between."""
        times, places = np.array([step.at_s for step in self.steps]), np.array([step.x_m for step in self.steps])
        lead = 0.5 * self.speed_m_s / self.steps_per_s if self.speed_m_s < RUNS_ABOVE_M_S else 0.35 * self.leg_m
        x = np.interp(at_s, times, places) - lead
        phase = np.interp(at_s, times, np.arange(times.size))
        bob = (0.025 if self.speed_m_s < RUNS_ABOVE_M_S else 0.06) * self.leg_m
        y = 0.93 * self.leg_m - bob * np.cos(2 * np.pi * phase)
        return np.stack([x, y], axis=-1)

    def foot(self, side: int, at_s: float) -> tuple[float, float]:
        """x and y of one foot: down where it fell until its stance is over, then swinging to where it falls next."""
        mine = [step for step in self.steps if step.side == side]
        index = bisect_right([step.at_s for step in mine], at_s) - 1
        if index < 0:
            return mine[0].x_m - 0.2, 0.0
        here = mine[index]
        if index + 1 == len(mine) or at_s < here.at_s + self.stance_s:
            return here.x_m, 0.0
        there = mine[index + 1]
        share = (at_s - here.at_s - self.stance_s) / (there.at_s - here.at_s - self.stance_s)
        eased = share * share * (3 - 2 * share)
        lift = (0.14 if self.speed_m_s < RUNS_ABOVE_M_S else 0.32) * self.leg_m
        return here.x_m + (there.x_m - here.x_m) * eased, lift * math.sin(math.pi * share) * (1 - 0.5 * share)


def play(chance: np.random.Generator, duration_s: float) -> Play:
    """A camera follows somebody across the grounds."""
    gait = _gait(chance, duration_s)
    grounds = _grounds(chance, gait)
    emitter = SceneEmitter(
        id="boots",
        words=_words(gait, grounds),
        material="leather",
        mass_kg=round(gait.mass_kg, 1),
        size_m=0.3,
    )
    events = []
    for step in gait.steps:
        ground = _ground_at(grounds, step.x_m)
        contact = Contact(
            material=ground,
            other="leather",
            speed_m_s=round(step.heel_m_s, 4),
            impulse_n_s=round(step.impulse_n_s, 4),
            mass_kg=emitter.mass_kg,
            size_m=0.3,
        )
        if step.at_s >= 0.0:
            events.append(event(step.at_s, "boots", "footstep", contact))
    view_m = gait.leg_m * float(chance.uniform(1.5, 2.3))
    seen_s = np.arange(pictures(duration_s)) / PICTURE_HZ
    hips = gait.hip(seen_s)
    return Play(
        duration_s=duration_s,
        words=emitter.words,
        emitters=(emitter,),
        motions=(_motion(gait, duration_s),),
        events=in_order(events, duration_s),
        grounds=grounds,
        scenery=(),
        figures=tuple(_figure(gait, float(at_s), hip) for at_s, hip in zip(seen_s, hips, strict=True)),
        view=View(view_m, -0.14 * view_m, hips[:, 0] - view_m / 2),
    )


def _gait(chance: np.random.Generator, duration_s: float) -> Gait:
    speed = float(chance.uniform(0.9, 1.9) if chance.random() < 0.65 else chance.uniform(2.4, 4.2))
    runs = speed > RUNS_ABOVE_M_S
    rate = float(chance.normal(1.0, 0.05)) * (2.55 + 0.12 * (speed - 2.4) if runs else 1.15 + 0.5 * speed)
    mass = float(chance.uniform(52.0, 98.0))
    at_s, x, side = -1.5, -1.5 * speed, 0
    steps = []
    while at_s < duration_s + 1.5:
        heel = speed * 0.55 * float(chance.normal(1.03 if side else 0.97, 0.07))
        steps.append(Step(at_s, x, side, heel, heel * mass * (0.2 if runs else 0.16)))
        lasts = float(chance.normal(1.0, 0.025)) / rate
        at_s, x, side = at_s + lasts, x + speed * lasts * float(chance.normal(1.0, 0.02)), 1 - side
    stance = (0.68 if runs else 1.22) / rate
    return Gait(speed, rate, float(chance.uniform(0.82, 0.98)), mass, stance, tuple(steps))


def _grounds(chance: np.random.Generator, gait: Gait) -> tuple[Patch, ...]:
    count = int(chance.integers(1, 4))
    materials = [GROUNDS[int(number)] for number in chance.choice(len(GROUNDS), count, replace=False)]
    first, last = 0.0, max(step.x_m for step in gait.steps)
    edges = [-99.0, *(first + (last - first) * (number + 1) / count for number in range(count - 1)), 999.0]
    return tuple(Patch(edges[number], edges[number + 1], 0.0, material) for number, material in enumerate(materials))


def _ground_at(grounds: tuple[Patch, ...], x_m: float) -> Material:
    return next(patch.material for patch in grounds if patch.from_m <= x_m < patch.to_m)


def _words(gait: Gait, grounds: tuple[Patch, ...]) -> Words:
    doing = "running" if gait.speed_m_s > RUNS_ABOVE_M_S else "walking"
    return Words(
        exact=f"leather boots {doing} on {', then '.join(patch.material for patch in grounds)}", category="footsteps"
    )


def _motion(gait: Gait, duration_s: float) -> Motion:
    count = ticks(duration_s)
    at_s = np.arange(count) / TICK_HZ
    hips = gait.hip(at_s)
    velocity = np.gradient(gait.hip(np.arange(-1, count + 1) / TICK_HZ), 1 / TICK_HZ, axis=0)[1:-1]
    impulse, area = np.zeros(count), np.zeros(count)
    for step in gait.steps:
        tick = math.ceil(step.at_s * TICK_HZ)
        if 0 <= tick < count:
            impulse[tick] += step.impulse_n_s
        area[(at_s >= step.at_s) & (at_s < step.at_s + gait.stance_s)] += SOLE_M2
    position = np.column_stack([hips[:, 0], np.zeros(count), np.zeros(count)])
    return Motion(position, velocity, impulse, np.zeros(count), area)


def _figure(gait: Gait, at_s: float, hip: Track) -> tuple[Shape, ...]:
    """Far leg, trunk and head, near leg. Knees bend forwards; only the boots count as the emitter."""
    x, y = float(hip[0]), float(hip[1])
    trunk = 0.62 * gait.leg_m
    lean = 0.03 * gait.speed_m_s
    head = (x + (trunk + 0.16) * math.sin(lean), y + (trunk + 0.16) * math.cos(lean))
    return (
        *_leg(gait, at_s, 0, x, y, 0.6),
        _limb((x, y), (x + trunk * math.sin(lean), y + trunk * math.cos(lean)), 0.12, "cloth", 1.0),
        Shape(*head, "sand", 0.11, shadow=False),
        *_leg(gait, at_s, 1, x, y, 1.0),
    )


def _leg(gait: Gait, at_s: float, side: int, x: float, y: float, shade: float) -> tuple[Shape, ...]:
    foot_x, foot_y = gait.foot(side, at_s)
    ankle = (foot_x - 0.06, foot_y + 0.08)
    half = gait.leg_m / 2
    dx, dy = ankle[0] - x, ankle[1] - y
    length = min(math.hypot(dx, dy), 2 * half - 1e-6)
    bend = math.sqrt(half * half - (length / 2) ** 2)
    knee = (x + dx / 2 - bend * dy / length, y + dy / 2 + bend * dx / length)
    boot = Shape(foot_x, foot_y + 0.045, "leather", 0.045, 0.09, 0.0, emitter=0, shade=1.6 * shade)
    shin = _limb(knee, ankle, 0.055, "cloth", 0.55 * shade)
    return _limb((x, y), knee, 0.075, "cloth", 0.55 * shade), shin, boot


def _limb(one: tuple[float, float], two: tuple[float, float], radius_m: float, look: Material, shade: float) -> Shape:
    dx, dy = two[0] - one[0], two[1] - one[1]
    return Shape(
        (one[0] + two[0]) / 2,
        (one[1] + two[1]) / 2,
        look,
        radius_m,
        math.hypot(dx, dy) / 2,
        0.0,
        math.atan2(dy, dx),
        shade=shade,
        shadow=False,
    )
