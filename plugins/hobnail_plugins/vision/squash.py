"""Features of the schema ``scene/1`` as numbers in -1..1.

========================================  =====================================================================
speed, acceleration, impulse, slip, area  sign(x) * log(1 + |x| / x0) / log(1 + top / x0), cut at -1 and 1
size                                      log10(x / 0.3 m) / 2: 3 mm is -1, 30 m is 1, cut
wetness, visibility                       2 x - 1, cut
luminance                                 2 sqrt(x) - 1, cut: linear light as an eye weighs it
position                                  only how far it moved counts: as the first row, see ``spec.MOVED_HOPS``
========================================  =====================================================================
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from hobnail.contracts import Float32
from hobnail.scene import SCENE_FEATURES

Float64 = NDArray[np.float64]

_LOGS: Final = {
    "speed_m_s": (0.1, 30.0),
    "acceleration_m_s2": (1.0, 1000.0),
    "impulse_n_s": (0.003, 1000.0),
    "slip_m_s": (0.03, 30.0),
    "contact_area_m2": (1e-4, 10.0),
}
"""Of each column its x0 and top."""
_MOVED: Final = (0.01, 10.0)  #: metres
_SIZE_M: Final = 0.3

IMPULSE: Final = SCENE_FEATURES.index("impulse_n_s")
POSITION: Final = SCENE_FEATURES.index("position_x_m")

_KINDS: Final = ("log", "size", "light", "share")


def _column(name: str, place: int) -> tuple[int, float, float]:
    if place >= POSITION or name in _LOGS:
        least, top = _MOVED if place >= POSITION else _LOGS[name]
        return _KINDS.index("log"), least, float(np.log1p(top / least))
    if name == "size_m":
        return _KINDS.index("size"), _SIZE_M, 1.0
    return _KINDS.index("light" if name == "luminance" else "share"), 1.0, 1.0


COLUMNS: Final = tuple(_column(name, place) for place, name in enumerate(SCENE_FEATURES))
"""The same for the native parts: kind, x0 and divisor of each column."""


def squashed(values: Float64) -> Float32:
    """float64 [..., 12] with what is known, distances moved in the position columns -> float32 [..., 12] in -1..1."""
    out = np.empty(values.shape, np.float64)
    for column, name in enumerate(SCENE_FEATURES):
        value = values[..., column]
        if column >= POSITION:
            out[..., column] = _log(value, *_MOVED)
        elif name in _LOGS:
            out[..., column] = _log(value, *_LOGS[name])
        elif name == "size_m":
            out[..., column] = np.log10(np.maximum(value, 1e-9) / _SIZE_M) / 2.0
        elif name == "luminance":
            out[..., column] = 2.0 * np.sqrt(np.maximum(value, 0.0)) - 1.0
        else:
            out[..., column] = 2.0 * value - 1.0
    return np.clip(out, -1.0, 1.0).astype(np.float32)


def _log(value: Float64, least: float, top: float) -> Float64:
    return np.asarray(np.sign(value) * np.log1p(np.abs(value) / least) / np.log1p(top / least))
