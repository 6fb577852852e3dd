"""A client's own lengths and axes, translated into metres, right-handed, y up.

==========  ==========  ==================================  =========================
``up``      hand        the client's axes (who does it so)  canonical (x, y, z)
==========  ==========  ==================================  =========================
``y``       ``right``   z towards the viewer (Godot)        ``( x,  y,  z)``
``y``       ``left``    z forward (Unity)                   ``( x,  y, -z)``
``z``       ``right``   y forward (Blender)                 ``( x,  z, -y)``
``z``       ``left``    x forward, y right (Unreal)         ``( y,  z, -x)``
==========  ==========  ==================================  =========================
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, Literal

import msgspec
import numpy as np

from hobnail.contracts import Float32
from hobnail.protocol import Hello
from hobnail.scene import SCENE_FEATURES, Contact, EmitterSettings, Vector

_LENGTHS: Final = {
    "speed_m_s": 1,
    "acceleration_m_s2": 1,
    "impulse_n_s": 1,
    "slip_m_s": 1,
    "contact_area_m2": 2,
    "size_m": 1,
    "position_x_m": 1,
    "position_y_m": 1,
    "position_z_m": 1,
}
"""The power of length in each quantity's unit; those that are not here have none."""

_AXES: Final[dict[tuple[str, str], tuple[tuple[int, float], ...]]] = {
    ("y", "right"): ((0, 1.0), (1, 1.0), (2, 1.0)),
    ("y", "left"): ((0, 1.0), (1, 1.0), (2, -1.0)),
    ("z", "right"): ((0, 1.0), (2, 1.0), (1, -1.0)),
    ("z", "left"): ((1, 1.0), (2, 1.0), (0, -1.0)),
}
"""For each canonical axis: the client's axis and its sign."""

_POSITION: Final = ("position_x_m", "position_y_m", "position_z_m")


class Units(msgspec.Struct, frozen=True):
    """How one client measures space."""

    units_per_metre: float = 1.0
    up: Literal["y", "z"] = "y"
    handedness: Literal["right", "left"] = "right"

    @classmethod
    def of(cls, hello: Hello) -> Units:
        """As the client said when it came."""
        return cls(hello.units_per_metre, hello.up, hello.handedness)

    def direction(self, vector: Vector) -> Vector:
        """A direction in canonical axes; its length stays."""
        (x, x_sign), (y, y_sign), (z, z_sign) = _AXES[self.up, self.handedness]
        return (x_sign * vector[x], y_sign * vector[y], z_sign * vector[z])

    def point(self, vector: Vector) -> Vector:
        """A position in canonical axes, in metres."""
        x, y, z = self.direction(vector)
        return (x / self.units_per_metre, y / self.units_per_metre, z / self.units_per_metre)

    def contact(self, contact: Contact) -> Contact:
        """A contact in metres."""
        if self.units_per_metre == 1.0:
            return contact
        return msgspec.structs.replace(
            contact,
            **{
                field: value / self.units_per_metre
                for field in ("speed_m_s", "slip_m_s", "impulse_n_s", "size_m")
                if (value := getattr(contact, field)) is not None
            },
        )

    def settings(self, settings: EmitterSettings) -> EmitterSettings:
        """An emitter's settings in canonical units."""
        changed: dict[str, object] = {}
        if isinstance(settings.position_m, tuple):
            changed["position_m"] = self.point(settings.position_m)
        if isinstance(settings.size_m, float):
            changed["size_m"] = settings.size_m / self.units_per_metre
        return msgspec.structs.replace(settings, **changed) if changed else settings

    def features(self, columns: tuple[str, ...], data: bytes) -> tuple[tuple[str, ...], bytes]:
        """Columns and float32 rows of a frame message, renamed and scaled to canonical units."""
        names, factors = _columns(self, columns)
        if factors is None:
            return names, data
        with np.errstate(invalid="ignore"):  # a signalling NaN means unknown, as any other
            matrix: Float32 = np.frombuffer(data, dtype="<f4").reshape(-1, len(columns)) * factors
        return names, matrix.astype("<f4").tobytes()

    def factors(self, columns: tuple[str, ...]) -> Float32 | None:
        """What :meth:`features` multiplies each column by, float32 [columns]; None: nothing to do."""
        return _columns(self, columns)[1]


@lru_cache(maxsize=256)
def _columns(units: Units, columns: tuple[str, ...]) -> tuple[tuple[str, ...], Float32 | None]:
    """The canonical name of each column, and what it is multiplied by; None: nothing to do."""
    axes = _AXES[units.up, units.handedness]
    moved = {_POSITION[theirs]: (_POSITION[ours], sign) for ours, (theirs, sign) in enumerate(axes)}
    names, factors = [], []
    for column in columns:
        name, sign = moved.get(column, (column, 1.0))
        names.append(name)
        factors.append(sign / units.units_per_metre ** _LENGTHS.get(column, 0))
    array = np.array(factors, dtype=np.float32)
    return tuple(names), None if bool((array == 1.0).all()) else array


def matrix_of(values: dict[str, dict[str, float]]) -> tuple[tuple[str, ...], bytes]:
    """Named scalars of a small client as (columns, float32 rows); what an emitter does not name is NaN."""
    given = {feature for features in values.values() for feature in features}
    columns = tuple(feature for feature in SCENE_FEATURES if feature in given)
    rows = [[features.get(column, np.nan) for column in columns] for features in values.values()]
    return columns, np.array(rows, dtype="<f4").tobytes()
