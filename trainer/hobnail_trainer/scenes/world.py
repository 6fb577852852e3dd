"""A pymunk space that writes down where its bodies are and every contact: how fast, how hard, exactly when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pymunk
from numpy.typing import NDArray

from hobnail_trainer.corpus.model import Material
from hobnail_trainer.scenes.materials import MATTER
from hobnail_trainer.scenes.model import TICK_HZ

STEP_HZ = 960
STEP_S = 1.0 / STEP_HZ
STEPS_PER_TICK = STEP_HZ // TICK_HZ
GRAVITY_M_S2 = 9.81
SLOP_M = 0.0005
"""How far pymunk lets things overlap; every contact area and time is good to this."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Hit:
    """One contact of a body within one physics step."""

    step: int
    at_s: float
    body: str
    other: Material  #: of what it touched
    thing: str  #: what it touched, empty for the ground
    closing_m_s: float
    slip_m_s: float
    impulse_n_s: float
    area_m2: float


@dataclass
class World:
    """A vertical slice (x to the right, y up), or a floor seen from above when ``gravity_m_s2`` is 0."""

    gravity_m_s2: float = GRAVITY_M_S2
    steps: int = 0
    hits: list[Hit] = field(default_factory=list)
    bodies: dict[str, pymunk.Body] = field(default_factory=dict)
    _motions: dict[str, list[tuple[float, ...]]] = field(default_factory=dict)
    _shapes: dict[pymunk.Shape, tuple[str, Material, float]] = field(default_factory=dict)
    _approach: dict[tuple[int, int], tuple[float, float, float, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.space = pymunk.Space()
        self.space.gravity = (0.0, -self.gravity_m_s2)
        self.space.iterations = 20
        self.space.collision_slop = SLOP_M
        self.space.on_collision(pre_solve=self._before, post_solve=self._after)

    @property
    def now_s(self) -> float:
        """Time of the scene."""
        return self.steps * STEP_S

    def ground(self, start: Point, end: Point, material: Material) -> None:
        """A fixed surface from ``start`` to ``end``; its edge is where the points say."""
        shape = pymunk.Segment(self.space.static_body, start, end, 0.0)
        shape.friction, shape.elasticity = 1.0, MATTER[material].hardness
        self._shapes[shape] = ("", material, 0.0)
        self.space.add(shape)

    def add(self, name: str, body: pymunk.Body, material: Material, shape: pymunk.Shape, *, depth_m: float) -> None:
        """A moving thing; ``depth_m`` is its extent away from the camera, for the contact's area."""
        matter = MATTER[material]
        shape.friction, shape.elasticity = matter.friction, matter.bounce
        self._shapes[shape] = (name, material, depth_m)
        self.bodies[name] = body
        self._motions[name] = [self._motion(body)] * (self.steps + 1)
        self.space.add(body, shape)

    def run(self, seconds: float, push: Callable[[], None] | None = None) -> None:
        """Step on for a while; ``push`` may apply forces before every step."""
        for _ in range(round(seconds * STEP_HZ)):
            if push is not None:
                push()
            self.space.step(STEP_S)
            self.steps += 1
            for name, body in self.bodies.items():
                self._motions[name].append(self._motion(body))

    def motion(self, name: str) -> NDArray[np.float64]:
        """x, y, angle, vx, vy, spin of a body, float64 [steps + 1, 6]; before it was added it rests where it began."""
        return np.array(self._motions[name])

    @staticmethod
    def _motion(body: pymunk.Body) -> tuple[float, ...]:
        return (*body.position, body.angle, *body.velocity, body.angular_velocity)

    def _before(self, arbiter: pymunk.Arbiter, _space: pymunk.Space, _data: object) -> None:
        """Closing and sliding speed, how long ago within this step the surfaces met, and along which length."""
        one, two = arbiter.shapes
        first, second = one.body, two.body
        assert first is not None
        assert second is not None
        contacts = arbiter.contact_point_set
        closing = slip = ago = 0.0
        for point in contacts.points:
            relative = first.velocity_at_world_point(point.point_a) - second.velocity_at_world_point(point.point_b)
            approach = relative.dot(contacts.normal)
            slip = max(slip, abs(relative.cross(contacts.normal)))
            if approach > closing:
                closing = approach
                ago = min(STEP_S, max(0.0, -point.distance) / approach)
        length = (contacts.points[0].point_a - contacts.points[-1].point_a).length
        self._approach[id(one), id(two)] = (closing, slip, ago, length)

    def _after(self, arbiter: pymunk.Arbiter, _space: pymunk.Space, _data: object) -> None:
        shapes = arbiter.shapes
        closing, slip, ago, length = self._approach.pop((id(shapes[0]), id(shapes[1])))
        impulse = arbiter.total_impulse.length
        at_s = max(0.0, self.now_s + STEP_S - ago)
        one, two = self._shapes[shapes[0]], self._shapes[shapes[1]]
        for (name, _, depth_m), (thing, other, _) in ((one, two), (two, one)):
            if name:
                area = max(length, 0.01) * depth_m
                self.hits.append(Hit(self.steps + 1, at_s, name, other, thing, closing, slip, impulse, area))


def blows(hits: list[Hit], body: str, *, closing_m_s: float, merge_s: float = 0.045) -> list[Hit]:
    """The contacts of a body that are heard as blows: faster than ``closing_m_s``, neighbours merged to the first.

    A landing box touches with one corner, then the next: what is heard begins at the first, as hard as the hardest.
    """
    heard: list[Hit] = []
    for hit in sorted((hit for hit in hits if hit.body == body), key=lambda hit: hit.at_s):
        if hit.closing_m_s < closing_m_s:
            continue
        if heard and hit.at_s - heard[-1].at_s < merge_s:
            if hit.impulse_n_s * hit.closing_m_s > heard[-1].impulse_n_s * heard[-1].closing_m_s:
                heard[-1] = replace(hit, at_s=heard[-1].at_s)
        else:
            heard.append(hit)
    return heard


def spans(times_s: list[float], *, gap_s: float, at_least_s: float) -> list[Point]:
    """Times of contact as spans: gaps shorter than ``gap_s`` are bridged, short spans are left out."""
    joined: list[Point] = []
    for time_s in sorted(times_s):
        if joined and time_s - joined[-1][1] < gap_s:
            joined[-1] = (joined[-1][0], time_s)
        else:
            joined.append((time_s, time_s))
    return [span for span in joined if span[1] - span[0] >= at_least_s]
