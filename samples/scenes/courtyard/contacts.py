"""A pymunk space that writes down every contact: how fast it closed, how it slid, and exactly when."""

from __future__ import annotations

from dataclasses import dataclass, field

import pymunk

STEP_HZ = 960
STEP_S = 1.0 / STEP_HZ
GRAVITY_M_S2 = 9.81
MERGE_S = 0.045
"""Contacts of one body closer than this are heard as one; the strongest stands for them."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One contact of a body within one physics step."""

    at_s: float
    body: str
    other: str  #: material of what it touched
    closing_m_s: float
    slip_m_s: float
    impulse_n_s: float


@dataclass(frozen=True, slots=True)
class Motion:
    """Where a body was after one physics step."""

    at_s: float
    x_m: float
    y_m: float
    speed_m_s: float
    spin_rad_s: float


@dataclass
class World:
    """A vertical slice of the yard (x to the right, y up) stepped at 960 Hz from ``start_s`` on."""

    start_s: float
    space: pymunk.Space = field(default_factory=pymunk.Space)
    steps: int = 0
    hits: list[Hit] = field(default_factory=list)
    motions: dict[str, list[Motion]] = field(default_factory=dict)
    _named: dict[str, pymunk.Body] = field(default_factory=dict)
    _shapes: dict[pymunk.Shape, tuple[str, str]] = field(default_factory=dict)
    _approach: dict[tuple[int, ...], tuple[float, float, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.space.gravity = (0.0, -GRAVITY_M_S2)
        self.space.iterations = 30
        self.space.collision_slop = 0.0005
        self.space.on_collision(pre_solve=self._before, post_solve=self._after)

    @property
    def now_s(self) -> float:
        """Time of the scene."""
        return self.start_s + self.steps * STEP_S

    def ground(self, start: tuple[float, float], end: tuple[float, float], material: str, friction: float) -> None:
        """A fixed surface from ``start`` to ``end``."""
        shape = pymunk.Segment(self.space.static_body, start, end, 0.01)
        shape.friction, shape.elasticity = friction, 0.6
        self._shapes[shape] = ("", material)
        self.space.add(shape)

    def body(self, name: str, material: str, shape: pymunk.Shape, *, friction: float, elasticity: float) -> None:
        """A moving thing; its body and shape are made by the caller."""
        shape.friction, shape.elasticity = friction, elasticity
        self._shapes[shape] = (name, material)
        self._named[name] = shape.body
        self.motions[name] = []
        self.space.add(shape.body, shape)

    def run(self, seconds: float) -> None:
        """Step on for a while."""
        for _ in range(round(seconds * STEP_HZ)):
            self.space.step(STEP_S)
            self.steps += 1
            for name, body in self._named.items():
                x, y = body.position
                self.motions[name].append(Motion(self.now_s, x, y, body.velocity.length, body.angular_velocity))

    def _before(self, arbiter: pymunk.Arbiter, space: pymunk.Space, data: object) -> None:
        """Closing and sliding speed, and how long ago within this step the surfaces met."""
        first, second = (shape.body for shape in arbiter.shapes)
        contacts = arbiter.contact_point_set
        closing = slip = ago = 0.0
        for point in contacts.points:
            relative = first.velocity_at_world_point(point.point_a) - second.velocity_at_world_point(point.point_b)
            approach = relative.dot(contacts.normal)
            slip = max(slip, abs(relative.cross(contacts.normal)))
            if approach > closing:
                closing = approach
                ago = min(STEP_S, max(0.0, -point.distance) / approach)
        self._approach[_key(arbiter)] = (closing, slip, ago)

    def _after(self, arbiter: pymunk.Arbiter, space: pymunk.Space, data: object) -> None:
        closing, slip, ago = self._approach.pop(_key(arbiter))
        impulse = arbiter.total_impulse.length
        at_s = self.now_s + STEP_S - ago
        (first, first_material), (second, second_material) = (self._shapes[shape] for shape in arbiter.shapes)
        for name, other in ((first, second_material), (second, first_material)):
            if name:
                self.hits.append(Hit(at_s, name, other, closing, slip, impulse))


def _key(arbiter: pymunk.Arbiter) -> tuple[int, ...]:
    return tuple(id(shape) for shape in arbiter.shapes)


def impacts(hits: list[Hit], body: str, *, closing_m_s: float, merge_s: float = MERGE_S) -> list[Hit]:
    """The contacts of a body that are heard as blows: faster than ``closing_m_s``, neighbours merged."""
    heard: list[Hit] = []
    for hit in sorted((hit for hit in hits if hit.body == body), key=lambda hit: hit.at_s):
        if hit.closing_m_s < closing_m_s:
            continue
        if heard and hit.at_s - heard[-1].at_s < merge_s:
            if hit.closing_m_s > heard[-1].closing_m_s:
                heard[-1] = hit
        else:
            heard.append(hit)
    return heard


def spans(times_s: list[float], *, gap_s: float, at_least_s: float) -> list[tuple[float, float]]:
    """Times of contact as spans: gaps shorter than ``gap_s`` are bridged, short spans are left out."""
    joined: list[tuple[float, float]] = []
    for time_s in sorted(times_s):
        if joined and time_s - joined[-1][1] < gap_s:
            joined[-1] = (joined[-1][0], time_s)
        else:
            joined.append((time_s, time_s))
    return [span for span in joined if span[1] - span[0] >= at_least_s]
