"""What is seen is made worse by as much as is said."""

import numpy as np
import pytest

from hobnail.scene import SCENE_FEATURES
from hobnail_trainer.feed.blur import Sight, SightScale, blurred
from hobnail_trainer.feed.store import Columns

CHANCE = 5
HOPS = 400


@pytest.fixture
def sight():
    chance = np.random.default_rng(1)
    scene = np.zeros((HOPS, 24), np.float32)
    scene[:, :12] = chance.normal(0.3, 0.2, (HOPS, 12))
    scene[:, 12:] = 1.0
    scene[:, 3] = scene[:, 15] = 0.0  # unknown
    return Sight(scene, chance.normal(0.4, 0.1, (HOPS, 64, 6)).astype(np.float32))


@pytest.fixture
def scale():
    return SightScale(
        Columns(np.full(24, 0.3, np.float32), np.full(24, 0.2, np.float32)),
        Columns(np.full(6, 0.4, np.float32), np.full(6, 0.1, np.float32)),
    )


@pytest.mark.parametrize("level", [0.0, 0.25, 0.75, 1.0])
def test_noise_takes_that_share_of_the_power_and_leaves_mean_and_spread(sight, scale, level):
    seen = blurred(sight, "noise", level, scale, np.random.default_rng(CHANCE))
    for before, after, spread in ((sight.scene[:, :3], seen.scene[:, :3], 0.2), (sight.pixels, seen.pixels, 0.1)):
        assert after.mean() == pytest.approx(before.mean(), abs=0.03)
        assert after.std() == pytest.approx(spread, rel=0.05)
        likeness = np.corrcoef(before.ravel(), after.ravel())[0, 1]
        assert likeness**2 == pytest.approx(1.0 - level, abs=0.06)
    assert np.array_equal(seen.scene[:, 12:], sight.scene[:, 12:])
    assert not seen.scene[:, 3].any()


@pytest.mark.parametrize("level", [0.0, 0.3, 1.0])
def test_that_share_of_hops_shows_another_hop(sight, scale, level):
    seen = blurred(sight, "frames", level, scale, np.random.default_rng(CHANCE))
    wrong = (seen.scene != sight.scene).any(axis=1)
    assert wrong.sum() == round(level * HOPS)
    assert np.array_equal(wrong, (seen.pixels != sight.pixels).any(axis=(1, 2)))
    rows = {row.tobytes() for row in sight.scene}
    assert all(row.tobytes() in rows for row in seen.scene)


@pytest.mark.parametrize("level", [0.0, 0.25, 1.0])
def test_a_bar_hides_that_share_and_visibility_shrinks(sight, scale, level):
    seen = blurred(sight, "cover", level, scale, np.random.default_rng(CHANCE))
    hidden = (seen.pixels[..., :3] == np.float32(0.02)).all(axis=2)
    assert hidden.mean() == level
    assert (hidden == hidden[0]).all()
    assert not seen.pixels[hidden][:, 3:].any()
    assert np.array_equal(seen.pixels[~hidden], sight.pixels[~hidden])
    visibility = SCENE_FEATURES.index("visibility")
    assert seen.scene[:, visibility] == pytest.approx(sight.scene[:, visibility] * (1.0 - level))


def test_what_was_given_is_not_touched(sight, scale):
    scene, pixels = sight.scene.copy(), sight.pixels.copy()
    for way in ("noise", "frames", "cover"):
        blurred(sight, way, 0.5, scale, np.random.default_rng(CHANCE))
    assert np.array_equal(sight.scene, scene)
    assert np.array_equal(sight.pixels, pixels)
