"""Scenes by seed: the same seed, corpus and version give the same bytes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hobnail.audio import RATE_HZ
from hobnail.errors import MissingExtraError
from hobnail_trainer.corpus.model import SPLITS, Split
from hobnail_trainer.errors import SceneError
from hobnail_trainer.scenes.choice import Shelf
from hobnail_trainer.scenes.model import (
    COLUMN,
    PICTURE_HZ,
    SITUATIONS,
    TICK_HZ,
    Features,
    Scene,
    SceneCard,
    Situation,
)
from hobnail_trainer.scenes.paint import Light, Painted, paint
from hobnail_trainer.scenes.play import Play, ticks
from hobnail_trainer.scenes.sound import sound

SHORTEST_S, LONGEST_S = 2.0, 60.0


@dataclass(frozen=True, slots=True)
class SceneSettings:
    """What all scenes of a set have in common."""

    duration_s: float = 6.0  #: 2..60, rounded to 1/30 s
    picture_px: int = 64  #: 16..256
    situations: tuple[Situation, ...] = SITUATIONS  #: taken in turn, so that every one is equally frequent


class SceneMaker:
    """Makes the scenes of one split. [one thread]"""

    def __init__(self, shelf: Shelf, settings: SceneSettings | None = None) -> None:
        self._shelf = shelf
        self._settings = settings or SceneSettings()
        problem = settings_problem(self._settings)
        if problem:
            raise SceneError(f"settings: {problem}.", cure="Change that setting.")

    def make(self, seed: int) -> Scene:
        """The scene with this number, 0 or more. Splits share no scene: the split is part of every seed."""
        settings, split = self._settings, self._shelf.split
        situation = settings.situations[seed % len(settings.situations)]
        duration_s = round(settings.duration_s * PICTURE_HZ) / PICTURE_HZ
        motion, light, audio = (stream(seed, split, purpose) for purpose in range(3))
        play = _simulate(situation, motion, duration_s)
        painted = paint(play, _light(light), settings.picture_px)
        features = _features(play, painted)
        frames = round(duration_s * RATE_HZ)
        sounded = sound(play.events, play.emitters, features, frames, self._shelf.fresh(), audio)
        card = SceneCard(
            seed=seed,
            situation=situation,
            split=split,
            duration_frames=frames,
            picture_px=settings.picture_px,
            view_m=round(play.view.height_m, 4),
            wetness=0.0 if play.wetness is None else round(float(play.wetness[-1]), 4),
            words=play.words,
            emitters=play.emitters,
            events=play.events,
            used=sounded.used,
            gain_db=sounded.gain_db,
        )
        return Scene(card, features, painted.pictures, sounded.stems)


def settings_problem(settings: SceneSettings) -> str:
    """Why settings cannot be used; empty when they can."""
    if not SHORTEST_S <= settings.duration_s <= LONGEST_S:
        return f"duration_s is {settings.duration_s}, expected {SHORTEST_S:g}..{LONGEST_S:g}"
    if not 16 <= settings.picture_px <= 256:
        return f"picture_px is {settings.picture_px}, expected 16..256"
    unknown = [name for name in settings.situations if name not in SITUATIONS]
    if unknown or not settings.situations:
        return f"situations has {unknown or 'nothing'}, expected some of {', '.join(SITUATIONS)}"
    return ""


def stream(seed: int, split: Split, purpose: int) -> np.random.Generator:
    """A stream of chance of its own for every purpose, so that a new recording does not change the motion."""
    return np.random.default_rng([seed, SPLITS.index(split), purpose])


def _simulate(situation: Situation, chance: np.random.Generator, duration_s: float) -> Play:
    """Reading scenes needs no physics, so pymunk is asked for here."""
    try:
        from hobnail_trainer.scenes.situations import PLAYS
    except ImportError as error:
        raise MissingExtraError("Making scenes", extra="train") from error
    return PLAYS[situation](chance, duration_s)


def _light(chance: np.random.Generator) -> Light:
    """Morning to dusk; warm or cold."""
    angle, warm = float(chance.uniform(0.3, 2.8)), float(chance.uniform(-0.12, 0.12))
    towards = np.array([np.cos(angle), abs(np.sin(angle)) + 0.3, 0.6])
    towards /= np.linalg.norm(towards)
    return Light(
        level=float(chance.uniform(0.35, 1.0)),
        ambient=float(chance.uniform(0.25, 0.5)),
        towards=(float(towards[0]), float(towards[1]), float(towards[2])),
        tint=(1.0 + warm, 1.0, 1.0 - warm),
    )


def _features(play: Play, painted: Painted) -> Features:
    """float32 [emitters, ticks, 12]; NaN where a game would not know."""
    count = ticks(play.duration_s)
    out = np.full((len(play.emitters), count, len(COLUMN)), np.nan, np.float32)
    for number, (motion, emitter) in enumerate(zip(play.motions, play.emitters, strict=True)):
        change = np.diff(motion.velocity_m_s, axis=0, prepend=motion.velocity_m_s[:1]) * TICK_HZ
        columns: dict[str, NDArray[np.float64] | float | None] = {
            "speed_m_s": np.hypot(*motion.velocity_m_s.T),
            "acceleration_m_s2": np.hypot(*change.T),
            "impulse_n_s": motion.impulse_n_s,
            "slip_m_s": motion.slip_m_s,
            "contact_area_m2": motion.area_m2,
            "size_m": emitter.size_m,
            "wetness": 0.0 if play.wetness is None else play.wetness,
            "visibility": _at_ticks(painted.visibility[number], count),
            "luminance": _at_ticks(painted.luminance[number], count),
            "position_x_m": motion.position_m[:, 0],
            "position_y_m": motion.position_m[:, 1],
            "position_z_m": motion.position_m[:, 2],
        }
        for name, values in columns.items():
            if values is not None:
                out[number, :, COLUMN[name]] = values
    return out


def _at_ticks(values: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """From 30 Hz to 60 Hz: a game asks its renderer once a picture, and holds the answer."""
    return np.asarray(np.repeat(values, TICK_HZ // PICTURE_HZ)[:count])
