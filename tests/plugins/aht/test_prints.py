"""A codec's print is the same on every processor, and another codec's is not."""

import numpy as np
import pytest

from hobnail.contracts import CodecSpec
from hobnail_plugins.aht.prints import codec_digest, codec_print, is_printed
from hobnail_plugins.codec.codec import linear_codec


class Shaken:
    """A codec whose latents are off by ``by``: what another processor's sums do, or other tables."""

    def __init__(self, codec, by):
        self._codec, self._by = codec, by

    @property
    def spec(self) -> CodecSpec:
        return self._codec.spec

    def begin_encoding(self):
        return self._codec.begin_encoding()

    def encode(self, samples, state, *, last=False):
        latents, after = self._codec.encode(samples, state, last=last)
        chance = np.random.default_rng(3).uniform(-1.0, 1.0, latents.shape[1]).astype(np.float32)
        return latents * (1.0 + self._by * chance), after


@pytest.fixture(scope="module")
def codec():
    return linear_codec()


def test_sums_that_round_otherwise_are_the_same_codec_and_other_tables_are_not(codec):
    print_ = codec_print(codec)
    assert is_printed(codec, print_)
    near = Shaken(codec, 1e-3)
    assert codec_digest(near) != codec_digest(codec)
    assert is_printed(near, print_)
    assert not is_printed(Shaken(codec, 0.1), print_)


def test_a_digest_of_an_older_bundle_is_still_understood(codec):
    assert is_printed(codec, codec_digest(codec))
    assert not is_printed(codec, "0" * 16)
    assert not is_printed(codec, "no print at all")
    assert not is_printed(codec, "0.1 0.2")
