"""Where a sound is heard: pan and distance of an emitter from the listener's pose. Pure geometry."""

from __future__ import annotations

import math

from hobnail.scene import Pose, Vector

NEAR_M = 0.5
"""Inside this radius the pan closes in on the middle, so that a thing passing through the head does not flip."""

FARTHEST_M = 1e9
"""Nothing is placed farther away; the mixer's table ends there."""


def place(listener: Pose, position: Vector | None) -> tuple[float, float]:
    """Pan (-1 left .. 1 right) and distance in metres; a missing position means at the listener.

    Pan is the sine of the azimuth: the share of the direction that points to the listener's right.
    """
    if position is None:
        return 0.0, 0.0
    offset = _minus(position, listener.position_m)
    distance = min(math.sqrt(_dot(offset, offset)), FARTHEST_M)
    right = _cross(listener.forward, listener.up)
    length = math.sqrt(_dot(right, right))
    if length < 1e-9 or distance < 1e-9:
        return 0.0, distance
    pan = _dot(offset, right) / (length * distance) * min(1.0, distance / NEAR_M)
    return max(-1.0, min(1.0, pan)), distance


def _minus(a: Vector, b: Vector) -> Vector:
    return a[0] - b[0], a[1] - b[1], a[2] - b[2]


def _dot(a: Vector, b: Vector) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _cross(a: Vector, b: Vector) -> Vector:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]
