"""The encoders of the visual stream behind the contract, as the host builds them."""

import numpy as np
import pytest

from hobnail.errors import ConfigError, EngineError
from hobnail.host import Host
from hobnail.testing import check_encoder
from hobnail_plugins.vision.encoders import PixelEncoder, SceneEncoder
from hobnail_plugins.vision.spec import SceneConfig


def host():
    return Host.discovered(only=["vision"])


def test_they_keep_their_contract():
    features = np.random.default_rng(1).normal(size=(30, 12)).astype(np.float32)
    features[3:9, 2:5] = np.nan
    check_encoder(SceneEncoder(SceneConfig()), [features, features[:1], features[:0]])
    check_encoder(PixelEncoder(), [np.zeros((3, 24, 32, 3), np.uint8), np.zeros((0, 8, 8, 3), np.uint8)])


def test_the_host_builds_them_by_name():
    assert host().build("encoders", "scene", {"rate_hz": 30.0}).encode(np.zeros((30, 12))).shape == (94, 24)
    assert host().build("encoders", "pixels").encode(np.zeros((2, 8, 8, 3), np.uint8)).shape == (128, 6)


@pytest.mark.parametrize("rate_hz", [0.0, -1.0, 1e6])
def test_a_rate_out_of_range_is_refused(rate_hz):
    with pytest.raises(ConfigError, match="rate_hz"):
        host().build("encoders", "scene", {"rate_hz": rate_hz})


@pytest.mark.parametrize("value", ["leather boots", None, b"bytes"])
def test_what_is_no_matrix_is_refused(value):
    with pytest.raises(EngineError, match="expected numbers"):
        SceneEncoder(SceneConfig()).encode(value)
    with pytest.raises(EngineError, match="expected uint8"):
        PixelEncoder().encode(value)
