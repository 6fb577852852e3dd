"""The parts of composing, each by itself: bounces, loops, roles and words."""

from itertools import pairwise

import msgspec
import numpy as np
import pytest

from hobnail_trainer.compose.kinds.scene import texture
from hobnail_trainer.compose.kinds.strike import bounce
from hobnail_trainer.compose.kinds.walk import walk
from hobnail_trainer.compose.model import ComposeSettings, Loop, Score
from hobnail_trainer.compose.render import joint_licence, render
from hobnail_trainer.compose.roles import is_outdoors, is_steady, role_of
from hobnail_trainer.compose.shelf import Shelf
from hobnail_trainer.compose.words import sequence_captions, walking
from hobnail_trainer.corpus import Captions
from hobnail_trainer.corpus.licences import licence_family

from ..tiny_corpus import RATE_HZ, click, make_clip, noise, tiny_clips


@pytest.fixture
def shelf():
    return Shelf([clip for clip, _ in tiny_clips(("train",))], {}, ComposeSettings())


@pytest.fixture
def beside(shelf):
    return shelf.beside(shelf.clips[0], np.random.default_rng(0))


def named(shelf, caption):
    return next(clip for clip in shelf.clips if clip.captions.exact == caption)


def test_bounces_come_in_a_geometric_series_and_fall(shelf, beside):
    lead = named(shelf, "a small stone hitting metal")
    draft = bounce(beside, np.random.default_rng(4), lead, 4.0)
    times, gains = (np.array([getattr(hit, name) for hit in draft.hits]) for name in ("onset_s", "gain_db"))
    gaps = np.diff(times)
    first = int(np.argmax(np.diff(gaps) > 0)) + 1 if (np.diff(gaps) > 0).any() else gaps.size  # the next drop
    ratios = gaps[1:first] / gaps[: first - 1]
    assert first >= 3
    assert np.allclose(ratios, ratios[0])
    assert np.allclose(np.diff(gains[: first + 1]), 20 * np.log10(ratios[0]))


def test_walking_takes_the_takes_in_turn_and_never_one_twice_in_a_row(shelf, beside):
    draft = walk(beside, np.random.default_rng(1), named(shelf, "a footstep on gravel"), 8.0)
    ids = [hit.clip.id for hit in draft.hits]
    assert len(set(ids)) >= 4
    assert all(one != other for one, other in pairwise(ids))


def test_walking_goes_over_changing_ground(shelf, beside):
    drafts = [
        walk(beside, np.random.default_rng(seed), named(shelf, "a footstep on gravel"), 8.0) for seed in range(20)
    ]
    changing = [draft for draft in drafts if len(draft.materials) == 2]
    assert 4 <= len(changing) <= 16
    assert all(draft.subject.endswith("on gravel, then on wood") for draft in changing)


def test_the_pace_is_that_of_walking_or_running(shelf, beside):
    for seed in range(10):
        draft = walk(beside, np.random.default_rng(seed), named(shelf, "a footstep on gravel"), 8.0)
        rate_hz = 1.0 / np.diff([hit.onset_s for hit in draft.hits]).mean()
        assert (2.4 < rate_hz < 3.3) if draft.subject.startswith("running") else (1.5 < rate_hz < 2.3)


@pytest.mark.parametrize("first", [0, 50_000, 140_000])
def test_a_looped_texture_keeps_its_level_over_the_joins(first):
    clip = make_clip("rain", "water", "rain falling", ("water",), "train", frames=3 * RATE_HZ, onsets=(0,))
    score = Score(
        id="composed/x",
        kind="texture",
        split="train",
        frames=10 * RATE_HZ,
        category="water",
        materials=(),
        captions=Captions(exact="rain", paraphrases=("a", "b"), category="water", vague="sound"),
        hits=(),
        front=Loop(clip, first, 0.0),
        bed=None,
        pitch_semitones=0.0,
        room=None,
        loudness_lufs=-20.0,
    )
    made, samples = render(score, lambda _: noise(1))
    inside = samples[RATE_HZ // 10 : -RATE_HZ // 5]
    blocks = inside[: inside.size // 4800 * 4800].reshape(-1, 4800)
    level = 10 * np.log10(np.square(blocks).mean(axis=1))
    assert level.max() - level.min() < 1.5
    assert np.abs(np.diff(inside)).max() < 10 * inside.std()
    assert made.sources[0].at_frame == -min(first, 3 * RATE_HZ - 24_000 - 1)
    assert made.attributes.loudness_lufs == pytest.approx(-20.0, abs=0.5)


@pytest.mark.parametrize(
    ("category", "caption", "frames", "role"),
    [
        ("footstep", "a footstep on gravel", 12_000, "step"),
        ("footstep", "a footstep on snow", 45_000, "event"),
        ("footstep", "walking on gravel", 150_000, "event"),
        ("impact", "a keyboard key clicking", 12_000, "keys"),
        ("impact", "a hammer striking an anvil", 12_000, "work"),
        ("impact", "glass breaking", 40_000, "break"),
        ("impact", "a coin dropping", 40_000, "bounce"),
        ("weapon", "swords clashing", 40_000, "hit"),
        ("weapon", "a gun firing", 40_000, "event"),
        ("water", "rain falling", 400_000, "texture"),
        ("water", "a splash", 400_000, "event"),
        ("ambience", "a thunderclap", 400_000, "event"),
    ],
)
def test_a_recording_is_used_for_what_its_words_say(category, caption, frames, role):
    assert role_of(make_clip("x", category, caption, (), "train", frames=frames), steady=True) == role


def test_a_hit_is_not_steady_and_noise_is():
    assert is_steady(noise(1))
    assert not is_steady(click(3 * RATE_HZ) + noise(1, level=1e-7) * np.linspace(1, 1e3, 3 * RATE_HZ, dtype=np.float32))


def test_steps_on_grass_are_outdoors_and_on_tiles_are_not():
    assert is_outdoors(make_clip("x", "footstep", "a footstep on grass", ("grass",), "train"))
    assert not is_outdoors(make_clip("x", "footstep", "a footstep on tiles", ("tile",), "train"))


@pytest.mark.parametrize(
    ("caption", "said"),
    [
        ("a footstep on gravel", "walking on gravel"),
        ("a footstep in heavy boots on a hard floor", "walking in heavy boots on a hard floor"),
        ("a robot's footstep", "a robot walking"),
        ("a large beast's footsteps", "a large beast walking"),
        ("a huge beast's heavy footsteps", "a huge beast walking"),
        ("an echoing footstep in a hall", "walking in a hall"),
        ("wading through water", "wading through water"),
    ],
)
def test_a_step_in_words_becomes_a_way_of_going(caption, said):
    assert walking(caption, "walking") == said


@pytest.mark.parametrize("place", ["", "in a cave"])
@pytest.mark.parametrize("behind", ["", "fire burning"])
def test_a_caption_has_paraphrases_and_only_dry_sounds_are_close(beside, place, behind):
    lead = make_clip("x", "water", "rain falling", (), "train")
    captions = sequence_captions(texture(beside, np.random.default_rng(0), lead, 5.0), place, behind)
    assert captions.exact == "rain falling" + (f", {place}" if place else "") + (f", over {behind}" if behind else "")
    assert len(captions.paraphrases) >= 3
    assert any("close" in words for words in captions.paraphrases) == (not place and not behind)


@pytest.mark.parametrize(
    ("licences", "joint", "family"),
    [
        (("CC0-1.0", "CC0-1.0"), "CC0-1.0", "public-domain"),
        (("CC-BY-3.0", "CC0-1.0"), "CC-BY-3.0 AND CC0-1.0", "cc-by"),
        (("CC-BY-3.0 or ISC", "CC0-1.0"), "(CC-BY-3.0 or ISC) AND CC0-1.0", "permissive"),
        (("GPL-2.0+", "CC0-1.0", "Expat"), "CC0-1.0 AND Expat AND GPL-2.0+", "gpl"),
    ],
)
def test_all_licences_hold_and_the_strictest_counts(licences, joint, family):
    clip, _ = tiny_clips(("train",))[0]
    assert joint_licence([msgspec.structs.replace(clip, licence=each) for each in licences]) == joint
    assert licence_family(joint) == family
