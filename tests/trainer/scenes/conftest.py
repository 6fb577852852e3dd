"""A shelf of generated recordings that all tests of scenes take from."""

from functools import cache

import pytest

from hobnail_trainer.scenes import SceneMaker, SceneSettings, Shelf

from .clipset import TinySource


@pytest.fixture(scope="session")
def make():
    """make(situation, seed) -> a scene of three seconds at 32 pixels."""
    shelf = Shelf(TinySource(), "train")

    @cache  # arrays of scenes are read, never written
    def made(situation, seed=0):
        return SceneMaker(shelf, SceneSettings(duration_s=3.0, picture_px=32, situations=(situation,))).make(seed)

    return made
