"""The numbers of the visual stream: what its columns mean. Trainer, export and engine must agree on them."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from hobnail.audio import RATE_HZ
from hobnail.scene import SCENE_FEATURES

VALUES: Final = len(SCENE_FEATURES)
SCENE_WIDTH: Final = 2 * VALUES
"""Of a scene row: a squashed value for each column of ``scene/1``, then for each whether it is known, 0 or 1."""

MOVED_HOPS: Final = (6, 12, 24)
"""The three position columns hold how far the emitter is from where it was so many hops ago: 64, 128 and 256 ms."""

GRID: Final = 8
CELLS: Final = GRID * GRID
"""Of a picture: rows from the top, each from the left."""

CELL_WIDTH: Final = 6
"""Mean linear red, green and blue, 0..1; then the change of luminance since the picture before: mean size, mean rise
and mean fall, each squashed to 0..1."""

FINE: Final = 64
"""Pictures are averaged to at most so many pixels a side first, so that a large one gives the cells of a small one."""

GAMMA: Final = 2.2
"""Pictures are taken to hold light ** (1 / GAMMA)."""

CHANGE: Final = 0.01
"""Change of linear luminance that begins to count: log(1 + x / CHANGE) / log(1 + 1 / CHANGE)."""


class SceneConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of the table ``[encoder.scene]``."""

    rate_hz: float = 60.0  #: ticks a second, above 0

    def __post_init__(self) -> None:
        """Raises ValueError, which msgspec turns into its own error with the place."""
        if not 0.0 < self.rate_hz <= RATE_HZ:
            raise ValueError(f"rate_hz is {self.rate_hz:g}, expected above 0 and at most {RATE_HZ}")


class DinoConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of the table ``[encoder.dinov2]``."""

    path: str  #: folder with model.onnx and preprocessor_config.json, as the model's page has it
    file: str = ""  #: the ONNX file in it, where it is another
    grid: Annotated[int, msgspec.Meta(ge=0, le=16)] = 2  #: parts a side, each a token; 0: only the whole picture
