"""Every degradation has the level that it says, and touches nothing else."""

import numpy as np
import pytest

from hobnail_trainer.scenes import degrade
from hobnail_trainer.scenes.model import COLUMN

LEVELS = (0.0, 0.25, 0.5, 1.0)


@pytest.fixture
def chance():
    return np.random.default_rng(7)


@pytest.fixture(scope="module")
def scene(make):
    return make("drop", 1)


def wide_features():
    """One emitter, 20,000 ticks, so that powers are what they should be on average."""
    at = np.arange(20_000)
    features = np.full((1, at.size, 12), np.nan, np.float32)
    features[0, :, 0] = 3.0 + np.sin(at / 50.0)
    features[0, :, 5] = 0.4
    return features


@pytest.mark.parametrize("level", LEVELS)
def test_noise_takes_its_share_of_the_power_and_keeps_the_whole(chance, level):
    clean = wide_features()
    noisy = degrade.noisy_by_power(clean, level, chance)
    signal, result = clean[0, :, 0] - clean[0, :, 0].mean(), noisy[0, :, 0] - noisy[0, :, 0].mean()
    assert result.var() / signal.var() == pytest.approx(1.0, abs=0.05)
    kept = float((signal * result).mean() / signal.var())
    assert kept == pytest.approx((1 - level) ** 0.5, abs=0.03)
    assert noisy[0, :, 0].mean() == pytest.approx(3.0, abs=0.05)


def test_noise_leaves_unknown_and_constant_columns_alone(chance):
    clean = wide_features()
    noisy = degrade.noisy_by_power(clean, 0.7, chance)
    assert np.array_equal(noisy[0, :, 5], clean[0, :, 5])
    assert np.array_equal(np.isnan(noisy), np.isnan(clean))


@pytest.mark.parametrize("level", LEVELS)
def test_exactly_the_stated_share_of_ticks_is_wrong(chance, level):
    clean = np.arange(3 * 120 * 12, dtype=np.float32).reshape(3, 120, 12)
    wrong = (degrade.noisy_by_frames(clean, level, chance) != clean).any(axis=(0, 2))
    assert wrong.sum() == round(level * 120)


@pytest.mark.parametrize("level", LEVELS)
def test_exactly_the_stated_share_of_ticks_is_dropped(scene, chance, level):
    clean = np.zeros((2, 120, 12), np.float32)
    dropped = np.isnan(degrade.dropped_frames(clean, level, chance)).all(axis=(0, 2))
    assert dropped.sum() == round(level * 120)


@pytest.mark.parametrize("level", [*LEVELS, 0.333])
def test_exactly_the_stated_share_of_pixels_is_hidden(scene, chance, level):
    bright = np.full_like(scene.pictures, 200)
    hidden = degrade.occluded(type(scene)(scene.card, scene.features, bright, scene.stems), level, chance)
    assert (hidden.pictures != 200).all(axis=3).sum(axis=(1, 2)).tolist() == [round(level * 32 * 32)] * len(bright)
    before, after = (one.features[:, :, COLUMN["visibility"]] for one in (scene, hidden))
    np.testing.assert_allclose(after, before * (1 - level), rtol=1e-6)


@pytest.mark.parametrize("level", LEVELS)
def test_the_stated_share_of_light_is_taken_away(scene, level):
    dark = degrade.darkened(scene, level)
    light = [((one.pictures / 255.0) ** 2.2).mean() for one in (scene, dark)]
    assert light[1] / light[0] == pytest.approx(1 - level, abs=0.01)
    before, after = (one.features[:, :, COLUMN["luminance"]] for one in (scene, dark))
    np.testing.assert_allclose(after, before * (1 - level), rtol=1e-6)


@pytest.mark.parametrize("level", LEVELS)
def test_noise_in_pictures_keeps_the_stated_share_of_the_signal(chance, level):
    grey = np.clip(128 + 20 * np.sin(np.arange(64 * 64 * 3 * 20) / 9.0), 0, 255).astype(np.uint8)
    clean = grey.reshape(20, 64, 64, 3)
    noisy = degrade.noisy_pictures(clean, level, chance)
    one, other = clean - clean.mean(), noisy - noisy.mean()
    assert (one * other).mean() / one.var() == pytest.approx((1 - level) ** 0.5, abs=0.03)


def test_words_are_told_at_four_levels(scene):
    words = scene.card.words
    told = [degrade.told(words, level) for level in ("exact", "category", "vague", "none")]
    assert told == [words.exact, "impacts", "sound", ""]


@pytest.mark.parametrize("stream", ["text", "vision", "features"])
def test_a_missing_stream_is_missing_and_the_others_stay(scene, stream):
    less = degrade.without(scene, stream)
    assert (less.card.words.exact == "") == (stream == "text")
    assert (less.pictures.max() == 0) == (stream == "vision")
    assert np.isnan(less.features).all() == (stream == "features")
    assert less.card.events == scene.card.events
    assert np.isnan(less.features[:, :, COLUMN["visibility"]]).all() == (stream != "text")


def test_nothing_degraded_touches_the_sound_or_what_it_was_given(scene, chance):
    before = scene.pictures.copy(), scene.features.copy()
    degrade.noisy_by_power(scene.features, 0.5, chance)
    degrade.noisy_by_frames(scene.features, 0.5, chance)
    changed = [degrade.occluded(scene, 0.5, chance), degrade.darkened(scene, 0.5), degrade.without(scene, "vision")]
    assert np.array_equal(scene.pictures, before[0])
    assert np.array_equal(scene.features, before[1], equal_nan=True)
    assert all(one.stems is scene.stems for one in changed)


@pytest.mark.parametrize("level", [-0.1, 1.1, float("nan")])
def test_a_level_outside_its_range_is_refused(scene, level):
    with pytest.raises(ValueError, match=r"expected 0\.\.1"):
        degrade.darkened(scene, level)
