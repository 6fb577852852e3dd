"""The trial trains what it says, on what it says, and judges what it made."""

import msgspec
import numpy as np
import pytest
import soundfile

from hobnail_plugins.codec.codec import linear_codec
from hobnail_trainer.codec.clips import listen
from hobnail_trainer.codec.flow import Trial, TrialResult, run_trial
from hobnail_trainer.codec.flow.blocks import HOPS, WORDS, Blocks, words_of
from hobnail_trainer.codec.flow.leave import leave
from hobnail_trainer.codec.store import encode_corpus, open_latents
from hobnail_trainer.corpus import read_manifest
from hobnail_trainer.errors import TrainerError

from .conftest import BandJudge, PlainCodec

SMALL = Trial(steps=300, batch=8, width=32, layers=2, heads=2, passes=2)


@pytest.fixture(scope="module")
def latents(corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("latents")
    encode_corpus(corpus, folder, linear_codec, split="train", jobs=1, tell=lambda _: None)
    return folder


def trial(corpus, latents, settings=SMALL, codec=None):
    heard = listen(corpus, "validation", clips=6, seed=1).windows
    return run_trial(corpus, latents, codec or linear_codec(), heard, [BandJudge()], settings, lambda _: None)


def test_a_short_trial_learns_and_makes_every_clip_anew(corpus, latents):
    result, made = trial(corpus, latents)
    before, _ = trial(corpus, latents, msgspec.structs.replace(SMALL, steps=2))
    assert result.steps == 300
    assert result.loss < 0.9 * before.loss
    assert len(made) == result.clips
    assert {sound.size for sound in made} == {HOPS * 512}
    assert all(np.abs(sound).max() == pytest.approx(0.9, abs=1e-3) for sound in made)


def test_the_same_seed_makes_the_same_sounds(corpus, latents):
    first, second = (trial(corpus, latents, msgspec.structs.replace(SMALL, steps=5))[1] for _ in range(2))
    assert all(np.array_equal(one, other) for one, other in zip(first, second, strict=True))


def test_bfloat16_learns_as_float32_does(corpus, latents):
    settings = msgspec.structs.replace(SMALL, steps=40)
    fine, exact = trial(corpus, latents, settings)
    coarse, rounded = trial(corpus, latents, msgspec.structs.replace(settings, precision="bf16"))
    assert coarse.loss == pytest.approx(fine.loss, rel=0.02)
    assert not np.array_equal(exact[0], rounded[0])


def test_a_measured_precision_is_told_and_measuring_changes_nothing(corpus, latents):
    measured, sounds = trial(corpus, latents, msgspec.structs.replace(SMALL, steps=3, precision="measured"))
    assert measured.trial.precision in ("fp32", "bf16")
    told, again = trial(corpus, latents, msgspec.structs.replace(SMALL, steps=3, precision=measured.trial.precision))
    assert told.trial == measured.trial
    assert all(np.array_equal(one, other) for one, other in zip(sounds, again, strict=True))


def test_a_trial_tells_how_long_it_trained(corpus, latents):
    result, _ = trial(corpus, latents, msgspec.structs.replace(SMALL, steps=2))
    assert 0.0 <= result.cpu_minutes < 1.0
    assert 0.0 <= result.minutes < 1.0


def test_latents_of_another_codec_are_refused(corpus, latents):
    with pytest.raises(TrainerError, match=r"expected.*plain"):
        trial(corpus, latents, codec=PlainCodec())


def test_silence_follows_a_clip_that_is_shorter_than_a_block(corpus, latents):
    store = open_latents(latents)
    silence = np.full(store.index.dimensions, 7.0, np.float32)
    blocks = Blocks(corpus, store, silence=silence, seed=1)
    drawn, words = blocks.draw(64)
    assert drawn.shape == (64, HOPS, store.index.dimensions)
    assert words.shape == (64, len(WORDS))
    assert (np.abs(drawn[:, -1] + blocks.mean - 7.0).max(axis=1) < 1e-5).any()


def test_a_clips_words_are_its_category_and_its_materials(corpus):
    for clip in read_manifest(corpus).clips:
        named = {word for word, there in zip(WORDS, words_of(clip), strict=True) if there}
        assert named == {clip.category, *clip.materials}


def test_a_trial_leaves_its_numbers_and_its_sounds(corpus, latents, tmp_path):
    result, made = trial(corpus, latents, msgspec.structs.replace(SMALL, steps=2))
    leave(tmp_path, result, made)
    assert msgspec.json.decode((tmp_path / "trial.json").read_bytes(), type=TrialResult) == result
    sounds, rate_hz = soundfile.read(tmp_path / "made.wav")
    assert (rate_hz, sounds.size) == (48_000, sum(sound.size for sound in made))
