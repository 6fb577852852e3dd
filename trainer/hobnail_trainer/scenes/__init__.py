"""Scenes: simulated motion as features and pictures, with the sound of recordings at exact times."""

from hobnail_trainer.scenes.choice import Shelf
from hobnail_trainer.scenes.generate import SceneMaker, SceneSettings
from hobnail_trainer.scenes.model import (
    PICTURE_HZ,
    SITUATIONS,
    TICK_HZ,
    Scene,
    SceneCard,
    SceneEmitter,
    Situation,
    UsedClip,
    Words,
)
from hobnail_trainer.scenes.replay import scene_trace
from hobnail_trainer.scenes.source import ClipSource, CorpusSource
from hobnail_trainer.scenes.store import read_card, read_scene, read_scenes, scene_folders, write_scene

__all__ = [
    "PICTURE_HZ",
    "SITUATIONS",
    "TICK_HZ",
    "ClipSource",
    "CorpusSource",
    "Scene",
    "SceneCard",
    "SceneEmitter",
    "SceneMaker",
    "SceneSettings",
    "Shelf",
    "Situation",
    "UsedClip",
    "Words",
    "read_card",
    "read_scene",
    "read_scenes",
    "scene_folders",
    "scene_trace",
    "write_scene",
]
