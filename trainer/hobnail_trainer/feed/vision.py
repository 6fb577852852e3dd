"""Features and pictures of a scene on the hop clock, by the very code that a session uses."""

from __future__ import annotations

from hobnail.contracts import Float32
from hobnail_plugins.vision.pixels import pixel_cells
from hobnail_plugins.vision.scene import scene_rows
from hobnail_trainer.scenes.model import PICTURE_HZ, TICK_HZ, Features, Pictures


def rows_of(features: Features, hops: int) -> Float32:
    """float32 [ticks, 12] -> float32 [hops, 24]; the newest tick that is known when a hop begins."""
    return scene_rows(features, rate_hz=TICK_HZ, hops=hops)


def cells_of(pictures: Pictures, hops: int) -> Float32:
    """uint8 [pictures, height, width, 3] -> float32 [hops, 64, 6]; the newest picture when a hop begins."""
    return pixel_cells(pictures, rate_hz=PICTURE_HZ, hops=hops)
