"""Scene features and pictures behind the contract ``Encoder``. Numpy only; nothing to load."""

from __future__ import annotations

from typing import Literal

import numpy as np

from hobnail.contracts import Float32
from hobnail.errors import EngineError
from hobnail_plugins.vision.pixels import pixel_cells
from hobnail_plugins.vision.scene import scene_rows
from hobnail_plugins.vision.spec import CELL_WIDTH, SCENE_WIDTH, SceneConfig


class SceneEncoder:
    """Ticks of frame features to a token for every hop. Keeps the contract ``Encoder``."""

    def __init__(self, settings: SceneConfig) -> None:
        self._rate_hz = settings.rate_hz

    @property
    def kind(self) -> Literal["scene"]:
        """[any] What it reads."""
        return "scene"

    @property
    def width(self) -> int:
        """[any] Numbers of a token: 24."""
        return SCENE_WIDTH

    def prepare(self) -> None:
        """[control] Nothing to load."""

    def encode(self, value: object) -> Float32:
        """[control] float32 [ticks, 12], NaN where unknown -> float32 [hops, 24]. Raises EngineError."""
        features = np.asarray(value)
        if features.dtype.kind not in "fiu":
            raise EngineError(f"scene features: found {type(value).__name__}, expected numbers [ticks, 12].")
        return scene_rows(features.astype(np.float32), rate_hz=self._rate_hz)


class PixelEncoder:
    """Pictures to 64 tokens each, a coarse grid of colour and change. Keeps the contract ``Encoder``."""

    @property
    def kind(self) -> Literal["pixels"]:
        """[any] What it reads."""
        return "pixels"

    @property
    def width(self) -> int:
        """[any] Numbers of a token: 6."""
        return CELL_WIDTH

    def prepare(self) -> None:
        """[control] Nothing to load."""

    def encode(self, value: object) -> Float32:
        """[control] uint8 [pictures, height, width, 3] -> float32 [pictures * 64, 6]. Raises EngineError."""
        return pixel_cells(np.asarray(value)).reshape(-1, CELL_WIDTH)
