"""Where things are, in our coordinates: the listener from the view, the others from how the game's mixer heard them.

The game has x and y on the ground and z up; we have x and -z on the ground and y up. The log does not tell where the
other players are, but how loud each of their sounds is left and right, and the game's rule for that can be read
backwards: the volumes add up to 127 within 80 units, fall in a straight line to nothing at 1330, and their difference
is the sine of the direction. In front or behind, above or below cannot be told apart; in front and level is assumed.
"""

from __future__ import annotations

import math
from typing import Final

from hobnail.scene import Pose, Vector
from match.log import HeardSound, View

UNITS_PER_M: Final = 32.0
"""A player of this game is 56 units high."""

EYE_HEIGHT_M: Final = 50.0 / UNITS_PER_M
FULL_VOLUME: Final = 127
_NEAR_UNITS: Final = 80.0
_REACH_UNITS: Final = 1250.0


def own(sound: HeardSound) -> bool:
    """Whether the followed player makes it: only then both ears hear it in full."""
    return sound.left == sound.right == FULL_VOLUME


def pose_of(view: View) -> Pose:
    """The listener."""
    yaw = math.radians(view.yaw_degrees)
    return Pose(position_m=_metres(view), forward=(round(math.cos(yaw), 4), 0.0, round(-math.sin(yaw), 4)))


def feet_of(view: View) -> Vector:
    """Where the followed player stands."""
    x, y, z = _metres(view)
    return x, round(y - EYE_HEIGHT_M, 3), z


def place_of(sound: HeardSound, view: View) -> Vector:
    """Where a sound is that the listener hears like this."""
    total = min(FULL_VOLUME, max(1, sound.left + sound.right))
    distance_m = (_NEAR_UNITS + _REACH_UNITS * (1.0 - total / FULL_VOLUME)) / UNITS_PER_M
    right = max(-1.0, min(1.0, (sound.right - sound.left) / total))
    ahead = math.sqrt(1.0 - right * right)
    yaw = math.radians(view.yaw_degrees)
    x, y, z = _metres(view)
    return (
        round(x + distance_m * (ahead * math.cos(yaw) + right * math.sin(yaw)), 3),
        y,
        round(z + distance_m * (right * math.cos(yaw) - ahead * math.sin(yaw)), 3),
    )


def _metres(view: View) -> Vector:
    x, y, z = view.position
    return round(x / UNITS_PER_M, 3), round(z / UNITS_PER_M, 3), round(-y / UNITS_PER_M, 3)
