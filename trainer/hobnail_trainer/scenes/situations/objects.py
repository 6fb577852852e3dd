"""Things that fall, roll and slide: their names, sizes and weights, and how pymunk and the painter see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pymunk

from hobnail_trainer.corpus.model import Material
from hobnail_trainer.scenes.materials import MATTER
from hobnail_trainer.scenes.model import SceneEmitter, Words
from hobnail_trainer.scenes.play import Shape, Track


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of thing. ``high_m`` 0 means round."""

    name: str
    material: Material
    wide_m: tuple[float, float]  #: smallest and largest width, or diameter
    high: float  #: height as a share of the width; 0: a ball or barrel
    depth: float = 1.0  #: extent away from the camera, as a share of the width


KINDS: Final = (
    Kind("wooden crate", "wood", (0.30, 0.55), 0.9),
    Kind("wooden block", "wood", (0.14, 0.28), 0.6),
    Kind("oak barrel", "wood", (0.40, 0.60), 0.0, 1.3),
    Kind("stone block", "stone", (0.18, 0.35), 0.7),
    Kind("boulder", "stone", (0.22, 0.45), 0.0),
    Kind("metal can", "metal", (0.12, 0.22), 1.3),
    Kind("metal drum", "metal", (0.38, 0.58), 0.0, 1.4),
    Kind("steel box", "metal", (0.22, 0.40), 0.6),
    Kind("glass bottle", "glass", (0.09, 0.13), 2.6),
    Kind("clay pot", "ceramic", (0.18, 0.32), 1.1),
    Kind("plastic ball", "plastic", (0.18, 0.32), 0.0),
    Kind("plastic bucket", "plastic", (0.24, 0.34), 1.1),
    Kind("leather bag", "leather", (0.28, 0.45), 0.7),
    Kind("bundle of cloth", "cloth", (0.25, 0.45), 0.6),
    Kind("cardboard box", "paper", (0.28, 0.50), 0.8),
)
ROUND: Final = tuple(kind for kind in KINDS if kind.high == 0.0)
SQUARE: Final = tuple(kind for kind in KINDS if kind.high > 0.0)

EDGE_M = 0.012
"""Corners of boxes are rounded by this."""


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing of a kind."""

    kind: Kind
    wide_m: float
    high_m: float
    mass_kg: float

    @property
    def depth_m(self) -> float:
        """Extent away from the camera."""
        return self.wide_m * self.kind.depth

    @property
    def size_m(self) -> float:
        """The longest side."""
        return max(self.wide_m, self.high_m)

    @property
    def rest_m(self) -> float:
        """How high the middle is when it stands."""
        return (self.high_m if self.kind.high else self.wide_m) / 2

    def body(self) -> tuple[pymunk.Body, pymunk.Shape]:
        """A pymunk body at the origin, and its shape, which holds the body only weakly."""
        if not self.kind.high:
            body = pymunk.Body(self.mass_kg, pymunk.moment_for_circle(self.mass_kg, 0.0, self.wide_m / 2))
            return body, pymunk.Circle(body, self.wide_m / 2)
        body = pymunk.Body(self.mass_kg, pymunk.moment_for_box(self.mass_kg, (self.wide_m, self.high_m)))
        core = (self.wide_m - 2 * EDGE_M, self.high_m - 2 * EDGE_M)
        return body, pymunk.Poly.create_box(body, core, radius=EDGE_M)

    def drawn(self, pose: Track, emitter: int) -> Shape:
        """The thing at a pose (x, y, angle, ...)."""
        x, y, angle = (float(value) for value in pose[:3])
        if not self.kind.high:
            return Shape(x, y, self.kind.material, self.wide_m / 2, angle=angle, emitter=emitter)
        half_w, half_h = self.wide_m / 2 - EDGE_M, self.high_m / 2 - EDGE_M
        return Shape(x, y, self.kind.material, EDGE_M, half_w, half_h, angle, emitter)

    def emitter(self, name: str, doing: str, category: str) -> SceneEmitter:
        """The thing as an emitter: "a metal can" + "falling onto stone"."""
        words = Words(exact=f"{_article(self.kind.name)} {doing}", category=category)
        return SceneEmitter(
            id=name, words=words, material=self.kind.material, mass_kg=round(self.mass_kg, 3), size_m=self.size_m
        )


def some(kinds: tuple[Kind, ...], chance: np.random.Generator) -> Thing:
    """One thing of one of these kinds."""
    kind = kinds[int(chance.integers(len(kinds)))]
    wide_m = round(float(chance.uniform(*kind.wide_m)), 3)
    high_m = round(wide_m * kind.high, 3)
    volume_m3 = wide_m * (high_m or 0.785 * wide_m) * wide_m * kind.depth
    return Thing(kind, wide_m, high_m, MATTER[kind.material].density_kg_m3 * volume_m3 * 0.6)


def _article(name: str) -> str:
    return f"an {name}" if name[0] in "aeiou" else f"a {name}"
