"""What the scenes know of materials: how heavy, how springy, how slippery, and how they look.

The names are those of the corpus, and every one is known to the procedural engine too. Colours are linear light.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from hobnail_trainer.corpus.model import Material

Pattern = Literal["plain", "speckle", "planks", "blades", "tiles", "waves"]
Colour = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Matter:
    """One material, as a thing and as ground."""

    density_kg_m3: float  #: of a thing as it is used: crates and bottles are hollow
    bounce: float  #: restitution of a thing on hard ground, 0..1
    hardness: float  #: what ground of it leaves of that bounce, 0..1
    friction: float
    colour: Colour
    pattern: Pattern
    grain_m: float  #: size of the pattern
    contrast: float  #: of the pattern, 0..1


MATTER: Final[dict[Material, Matter]] = {
    "stone": Matter(1900.0, 0.35, 1.00, 0.60, (0.22, 0.21, 0.20), "tiles", 0.45, 0.25),
    "concrete": Matter(2000.0, 0.35, 1.00, 0.65, (0.34, 0.34, 0.33), "plain", 0.10, 0.05),
    "tile": Matter(1800.0, 0.40, 1.00, 0.40, (0.52, 0.50, 0.46), "tiles", 0.25, 0.35),
    "leaves": Matter(60.0, 0.05, 0.20, 0.50, (0.28, 0.15, 0.04), "speckle", 0.06, 0.60),
    "carpet": Matter(200.0, 0.10, 0.25, 0.70, (0.28, 0.05, 0.05), "waves", 0.10, 0.15),
    "gravel": Matter(1500.0, 0.20, 0.35, 0.70, (0.30, 0.27, 0.23), "speckle", 0.035, 0.70),
    "dirt": Matter(1300.0, 0.15, 0.40, 0.70, (0.15, 0.09, 0.05), "speckle", 0.08, 0.35),
    "mud": Matter(1400.0, 0.05, 0.10, 0.60, (0.08, 0.05, 0.03), "waves", 0.25, 0.30),
    "sand": Matter(1500.0, 0.10, 0.15, 0.65, (0.55, 0.43, 0.24), "speckle", 0.02, 0.15),
    "snow": Matter(300.0, 0.05, 0.10, 0.30, (0.80, 0.85, 0.92), "speckle", 0.12, 0.08),
    "ice": Matter(900.0, 0.40, 0.90, 0.08, (0.45, 0.62, 0.72), "waves", 0.50, 0.15),
    "grass": Matter(400.0, 0.10, 0.30, 0.60, (0.08, 0.24, 0.04), "blades", 0.03, 0.60),
    "wood": Matter(420.0, 0.45, 0.80, 0.45, (0.32, 0.17, 0.07), "planks", 0.16, 0.35),
    "metal": Matter(900.0, 0.55, 0.90, 0.35, (0.42, 0.45, 0.50), "tiles", 0.60, 0.15),
    "glass": Matter(700.0, 0.60, 0.95, 0.30, (0.20, 0.48, 0.42), "plain", 0.10, 0.05),
    "ceramic": Matter(900.0, 0.45, 0.95, 0.40, (0.62, 0.34, 0.22), "tiles", 0.20, 0.30),
    "plastic": Matter(180.0, 0.72, 0.80, 0.40, (0.60, 0.08, 0.07), "plain", 0.10, 0.05),
    "leather": Matter(500.0, 0.30, 0.50, 0.60, (0.10, 0.05, 0.02), "plain", 0.05, 0.10),
    "cloth": Matter(150.0, 0.10, 0.20, 0.60, (0.25, 0.06, 0.20), "waves", 0.06, 0.30),
    "paper": Matter(120.0, 0.20, 0.50, 0.45, (0.75, 0.70, 0.58), "plain", 0.10, 0.05),
    "water": Matter(1000.0, 0.02, 0.05, 0.10, (0.05, 0.16, 0.26), "waves", 0.18, 0.50),
}
"""Every material that a scene can be made of."""

GROUNDS: Final[tuple[Material, ...]] = (
    "stone", "gravel", "dirt", "mud", "sand", "snow", "ice", "grass", "wood", "metal", "tile", "concrete",
    "leaves", "carpet", "water",
)  # fmt: skip
"""What is walked on."""

FLOORS: Final[tuple[Material, ...]] = (
    "stone",
    "gravel",
    "dirt",
    "sand",
    "snow",
    "grass",
    "wood",
    "metal",
    "tile",
    "concrete",
)
"""What things fall and roll on."""

NEIGHBOURS: Final[dict[Material, tuple[Material, ...]]] = {
    "stone": ("concrete", "tile", "brick", "ceramic", "gravel"),
    "concrete": ("stone", "brick", "tile"),
    "tile": ("ceramic", "stone", "concrete"),
    "leaves": ("grass", "paper"),
    "carpet": ("cloth", "grass"),
    "gravel": ("stone", "dirt"),
    "dirt": ("sand", "mud", "grass"),
    "mud": ("water", "dirt"),
    "sand": ("dirt", "gravel", "snow"),
    "snow": ("sand", "ice"),
    "ice": ("glass", "snow", "stone"),
    "grass": ("leaves", "dirt"),
    "wood": ("plastic", "leather"),
    "metal": ("ceramic", "glass"),
    "glass": ("ceramic", "ice"),
    "ceramic": ("tile", "brick", "glass"),
    "plastic": ("rubber", "wood", "leather"),
    "leather": ("cloth", "flesh"),
    "cloth": ("carpet", "leather", "paper"),
    "paper": ("cloth", "leaves"),
    "water": ("mud",),
}
"""Whose recordings stand in, nearest first, when a material has none."""
