"""Scenes follow from their seed, keep to their split, and are whole."""

import subprocess
import sys

import numpy as np
import pytest

from hobnail.trace import decode_trace, encode_trace
from hobnail_trainer.errors import SceneError
from hobnail_trainer.scenes import SITUATIONS, SceneMaker, SceneSettings, Shelf, scene_trace
from hobnail_trainer.scenes.model import COLUMN
from hobnail_trainer.scenes.store import scene_problem

from .clipset import TinySource, clip


@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_same_seed_gives_the_same_bytes_and_another_gives_others(situation):
    def scene(seed):
        settings = SceneSettings(duration_s=2.0, picture_px=16, situations=(situation,))
        return SceneMaker(Shelf(TinySource(), "train"), settings).make(seed)

    one, again, other = scene(5), scene(5), scene(6)
    assert one.card == again.card
    for name in ("features", "pictures", "stems"):
        assert getattr(one, name).tobytes() == getattr(again, name).tobytes()
    assert one.pictures.tobytes() != other.pictures.tobytes()
    assert one.features.tobytes() != other.features.tobytes()


def test_a_scene_does_not_depend_on_the_ones_made_before_it(make):
    fresh = SceneMaker(Shelf(TinySource(), "train"), SceneSettings(duration_s=3.0, picture_px=32, situations=("drop",)))
    fresh.make(1)
    fresh.make(2)
    assert make("drop", 3).stems.tobytes() == fresh.make(3).stems.tobytes()


@pytest.mark.parametrize("situation", SITUATIONS)
def test_card_and_arrays_belong_together_and_there_is_sound(make, situation):
    scene = make(situation, 1)
    assert scene_problem(scene) == ""
    assert scene.card.events
    assert scene.card.used
    assert 0.003 < np.abs(scene.audio).max() <= 10 ** (-1 / 20) + 1e-6
    assert scene.pictures.std() > 5.0
    assert np.isfinite(scene.features[:, :, COLUMN["speed_m_s"]]).all()
    assert not np.isinf(scene.features).any()


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_only_recordings_of_the_scenes_own_split_are_read(split):
    source = TinySource()
    maker = SceneMaker(Shelf(source, split), SceneSettings(duration_s=2.0, picture_px=16))
    scenes = [maker.make(seed) for seed in range(6)]
    assert {clip.split for clip in source.read} == {split}
    assert {used.clip.split("-")[0] for scene in scenes for used in scene.card.used} == {split}


def test_splits_share_no_scene():
    settings = SceneSettings(duration_s=2.0, picture_px=16)
    one, other = (SceneMaker(Shelf(TinySource(), split), settings).make(1) for split in ("train", "test"))
    assert one.features.shape != other.features.shape or not np.array_equal(one.features, other.features)


def test_a_source_that_mixes_splits_is_refused():
    class Leaky(TinySource):
        def clips(self, split):
            return [*super().clips(split), clip("leak", "impact", "wood", "test", 0.0)]

    with pytest.raises(SceneError, match="'leak' is not in split 'train'"):
        Shelf(Leaky(), "train")


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"duration_s": 1.0}, "duration_s is 1.0, expected 2..60"),
        ({"duration_s": float("nan")}, "duration_s is nan"),
        ({"picture_px": 8}, "picture_px is 8, expected 16..256"),
        ({"situations": ()}, "situations has nothing"),
        ({"situations": ("fly",)}, r"situations has \['fly'\]"),
    ],
)
def test_settings_that_make_no_sense_are_refused(change, fault):
    with pytest.raises(SceneError, match=fault):
        SceneMaker(Shelf(TinySource(), "train"), SceneSettings(**change))


@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_scene_is_a_valid_trace_for_any_engine(make, situation):
    trace = scene_trace(make(situation))
    assert decode_trace(encode_trace(trace)).events == trace.events


def test_words_go_from_exact_to_vague(make):
    words = make("walk").card.words
    grounds = {event.contact.material for event in make("walk").card.events}
    assert all(ground in words.exact for ground in grounds)
    assert words.category == "footsteps"
    assert words.vague == "sound"


def test_without_pymunk_scenes_can_be_read_and_making_says_what_to_install():
    code = """
import sys; sys.modules["pymunk"] = None
from hobnail.errors import MissingExtraError
from hobnail_trainer.scenes import generate, read_scene
import numpy as np
try:
    generate._simulate("drop", np.random.default_rng(0), 2.0)
except MissingExtraError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert 'pip install "hobnail[train]"' in done.stdout
