"""Voices that are decoded together, or on two threads at once, sound as each of them alone."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from hobnail_plugins.codec.codec import linear_codec

HOPS = 6


@pytest.fixture(scope="module")
def codec():
    return linear_codec()


def latents_of(codec, voices, seed=0):
    return np.random.default_rng(seed).standard_normal((voices, HOPS, codec.spec.dimensions)).astype(np.float32)


def alone(codec, latents, seed, semitones, texture):
    state, pieces = codec.begin_decoding(seed), []
    for part in (latents[:4], latents[4:]):
        samples, state = codec.decode(part, state, semitones=semitones, texture=texture)
        pieces.append(samples)
    return pieces


def test_together_is_as_alone_to_the_bit(codec):
    latents, sliders = latents_of(codec, 5), [(0.0, 0.0), (3.0, 0.5), (-7.0, -1.0), (0.0, 1.0), (12.0, 0.0)]
    states = [codec.begin_decoding(seed) for seed in range(5)]
    found = [
        codec.decode_together(latents[:, part], states, [each[0] for each in sliders], [each[1] for each in sliders])
        for part in (slice(0, 4), slice(4, HOPS))
    ]
    for voice in range(5):
        for piece, right in zip(found, alone(codec, latents[voice], voice, *sliders[voice]), strict=True):
            np.testing.assert_array_equal(piece[voice], right)
            assert np.abs(right).max() > 0.0


def test_threads_do_not_disturb_each_other(codec):
    latents = latents_of(codec, 16, seed=1)

    def played(voice):
        state, pieces = codec.begin_decoding(voice), []
        for _ in range(40):
            samples, state = codec.decode(latents[voice], state)
            pieces.append(samples)
        return np.concatenate(pieces)

    right = [played(voice) for voice in range(16)]
    with ThreadPoolExecutor(4) as pool:
        for found, wanted in zip(pool.map(played, range(16)), right, strict=True):
            np.testing.assert_array_equal(found, wanted)


def test_what_is_wrong_is_named_before_anything_is_changed(codec):
    latents = latents_of(codec, 2)
    states = [codec.begin_decoding(seed) for seed in range(2)]
    with pytest.raises(ValueError, match="not as many"):
        codec.decode_together(latents, states, [0.0], [0.0, 0.0])
    with pytest.raises(ValueError, match=r"shape \[1, 6, 32\], expected \[voices, hops, 32\]"):
        codec.decode_together(latents[:1], states, [0.0, 0.0], [0.0, 0.0])
    broken = latents.copy()
    broken[1, 2, 3] = np.nan
    with pytest.raises(ValueError, match="not a finite number"):
        codec.decode_together(broken, states, [0.0, 0.0], [0.0, 0.0])
    found = codec.decode_together(latents, states, [0.0, 0.0], [0.0, 0.0])
    for voice in range(2):
        right, _ = codec.decode(latents[voice], codec.begin_decoding(voice))
        np.testing.assert_array_equal(found[voice], right)
