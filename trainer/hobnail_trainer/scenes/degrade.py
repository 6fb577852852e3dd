"""What can go wrong with a scene's inputs, each at a stated level. Sound and events, the truth, are never touched.

All are pure: they take arrays or a scene and return new ones. ``level`` is 0 for nothing and 1 for everything.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import msgspec
import numpy as np

from hobnail_trainer.scenes.model import COLUMN, Features, Pictures, Scene, SceneCard, Words
from hobnail_trainer.scenes.paint import GAMMA

Stream = Literal["text", "vision", "features"]
Vagueness = Literal["exact", "category", "vague", "none"]
PEDESTAL = 0.02
"""The grey of what hides: not black, as black is also what darkness is."""


def noisy_by_power(features: Features, level: float, chance: np.random.Generator) -> Features:
    """White noise takes over ``level`` of every column's power; mean and variance of each stay what they were.

    ``x' = mean + sqrt(1 - level)·(x - mean) + sqrt(level)·n``, n Gaussian with the column's variance, for every
    emitter and column by itself. A column that does not change (size) or is unknown (NaN) stays as it is.
    """
    level = _checked(level)
    known = np.isfinite(features)
    count = np.maximum(known.sum(axis=1, keepdims=True), 1)
    values = np.where(known, features, 0.0).astype(np.float64)
    mean = values.sum(axis=1, keepdims=True) / count
    away = np.where(known, values - mean, 0.0)
    spread = np.sqrt(np.square(away).sum(axis=1, keepdims=True) / count)
    noise = chance.standard_normal(features.shape) * spread
    mixed = mean + np.sqrt(1.0 - level) * away + np.sqrt(level) * noise
    return np.where(known, mixed, np.nan).astype(np.float32) if level > 0.0 else features.copy()


def noisy_by_frames(features: Features, level: float, chance: np.random.Generator) -> Features:
    """``level`` of the ticks, to the nearest one, hold what belongs to another tick of the same scene."""
    level = _checked(level)
    out = features.copy()
    count = features.shape[1]
    wrong = round(level * count)
    if wrong and count > 1:
        chosen = chance.permutation(count)[:wrong]
        shift = chance.integers(1, count, wrong)  # never 0: it would be right
        out[:, chosen] = features[:, (chosen + shift) % count]
    return out


def dropped_frames(features: Features, level: float, chance: np.random.Generator) -> Features:
    """``level`` of the ticks, to the nearest one, are unknown (NaN) in every column."""
    out = features.copy()
    count = features.shape[1]
    out[:, chance.permutation(count)[: round(_checked(level) * count)]] = np.nan
    return out


def occluded(scene: Scene, level: float, chance: np.random.Generator) -> Scene:
    """A grey bar hides ``level`` of every picture, to the nearest pixel; known visibility shrinks by as much.

    The bar stands at one place for the whole scene. It is columns of pixels, the last one in part.
    """
    level = _checked(level)
    high, wide = scene.pictures.shape[1:3]
    hidden = round(level * high * wide)
    columns, rest = divmod(hidden, high)
    first = int(chance.integers(0, wide))
    pictures = scene.pictures.copy()
    grey = np.uint8(round(255.0 * PEDESTAL ** (1.0 / GAMMA)))
    pictures[:, :, (first + np.arange(columns)) % wide] = grey
    if rest:
        pictures[:, :rest, (first + columns) % wide] = grey
    features = scene.features.copy()
    features[:, :, COLUMN["visibility"]] *= np.float32(1.0 - level)
    return replace(scene, pictures=pictures, features=features)


def darkened(scene: Scene, level: float) -> Scene:
    """Light is taken away: what is left is ``1 - level`` of it, in pictures (linear light) and in ``luminance``."""
    left = 1.0 - _checked(level)
    features = scene.features.copy()
    features[:, :, COLUMN["luminance"]] *= np.float32(left)
    table = np.round(255.0 * left ** (1.0 / GAMMA) * (np.arange(256) / 255.0)).astype(np.uint8)
    return replace(scene, pictures=np.asarray(table[scene.pictures]), features=features)


def noisy_pictures(pictures: Pictures, level: float, chance: np.random.Generator) -> Pictures:
    """White noise takes over ``level`` of the power of all pictures together, as for features; values stay 0..255."""
    level = _checked(level)
    if level == 0.0:
        return pictures.copy()
    mean, spread = float(pictures.mean()), float(pictures.std())
    noise = chance.standard_normal(pictures.shape, dtype=np.float32) * np.float32(spread)
    mixed = mean + np.sqrt(1.0 - level) * (pictures.astype(np.float32) - mean) + np.sqrt(level) * noise
    return np.asarray(np.clip(np.round(mixed), 0, 255), dtype=np.uint8)


def told(words: Words, vagueness: Vagueness) -> str:
    """The prompt at one of four levels: exact, category only, vague ("sound"), or nothing."""
    return {"exact": words.exact, "category": words.category, "vague": words.vague, "none": ""}[vagueness]


def without(scene: Scene, stream: Stream) -> Scene:
    """A stream is missing: pictures black, features unknown (NaN), or words empty."""
    match stream:
        case "vision":
            unseen = scene.features.copy()
            unseen[:, :, [COLUMN["visibility"], COLUMN["luminance"]]] = np.nan
            return replace(scene, pictures=np.zeros_like(scene.pictures), features=unseen)
        case "features":
            return replace(scene, features=np.full_like(scene.features, np.nan))
        case "text":
            return replace(scene, card=_wordless(scene.card))


def _wordless(card: SceneCard) -> SceneCard:
    nothing = Words(exact="", category="", vague="")
    emitters = tuple(msgspec.structs.replace(emitter, words=nothing) for emitter in card.emitters)
    return msgspec.structs.replace(card, words=nothing, emitters=emitters)


def _checked(level: float) -> float:
    if not 0.0 <= level <= 1.0:
        raise ValueError(f"level is {level}, expected 0..1")
    return level
