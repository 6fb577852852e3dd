"""DINOv2-small from a local ONNX file: pictures as the model takes them, tokens, and every fault named."""

import json
import sys

import numpy as np
import pytest
from onnx import TensorProto
from PIL import Image

from hobnail.errors import ConfigError, EngineError, MissingExtraError
from hobnail.host import Host
from hobnail.testing import check_encoder
from hobnail_plugins.vision.dinov2 import DinoEncoder, Preparation, preparation_of, prepared
from hobnail_plugins.vision.resize import resized
from hobnail_plugins.vision.spec import DinoConfig

from ..onnx_files import dinov2


def picture(high, wide, seed=1):
    return np.random.default_rng(seed).integers(0, 256, (high, wide, 3)).astype(np.uint8)


def opened(folder, **settings):
    encoder = DinoEncoder(DinoConfig(path=str(folder), **settings))
    encoder.prepare()
    return encoder


@pytest.mark.parametrize(("high", "wide"), [(100, 64), (40, 64), (480, 640), (71, 300), (256, 256)])
def test_pictures_are_resized_as_pillow_does(high, wide):
    given = picture(high, wide) // 2 + np.uint8(64)  # nothing is cut off at 0 or 255: Pillow may go down first
    theirs = np.asarray(Image.fromarray(given).resize((90, 70), Image.Resampling.BICUBIC), np.float32)
    ours = resized(given, 70, 90).astype(np.float32)
    assert np.abs(ours - theirs).max() <= 1.0


def test_a_picture_is_prepared_as_the_model_says():
    given = picture(300, 400)
    side = Image.fromarray(given).resize((341, 256), Image.Resampling.BICUBIC).crop((58, 16, 282, 240))
    mean, spread = np.array((0.485, 0.456, 0.406)), np.array((0.229, 0.224, 0.225))
    expected = ((np.asarray(side) / 255.0 - mean) / spread).transpose(2, 0, 1)[None]
    assert np.abs(prepared(given, Preparation()) - expected).max() < 1.01 / 255 / 0.224


@pytest.mark.parametrize(("high", "wide"), [(1, 1), (1, 4000), (4000, 2), (7, 9)])
def test_any_size_is_prepared(high, wide):
    found = prepared(picture(high, wide), Preparation())
    assert found.shape == (1, 3, 224, 224)
    assert np.isfinite(found).all()


def test_tokens_are_the_whole_and_a_grid_of_parts(tmp_path):
    kernel, first = dinov2(tmp_path / "onnx" / "model.onnx")
    given = picture(224, 224)
    (tmp_path / "preprocessor_config.json").write_text(json.dumps({"size": {"shortest_edge": 224}, "other": 1}))
    tokens = opened(tmp_path, grid=2).encode(given[None])
    patches = prepared(given, preparation_of(tmp_path))[0].reshape(3, 16, 14, 16, 14)
    states = np.einsum("cyahb,wcab->yhw", patches, kernel)
    quarters = [states[y : y + 8, x : x + 8].mean(axis=(0, 1)) for y in (0, 8) for x in (0, 8)]
    assert np.allclose(tokens, np.stack([first[0, 0], *quarters]), atol=1e-4)


@pytest.mark.parametrize(("grid", "tokens"), [(0, 1), (1, 2), (3, 10), (16, 257)])
def test_it_keeps_its_contract(tmp_path, grid, tokens):
    dinov2(tmp_path / "model.onnx")
    encoder = DinoEncoder(DinoConfig(path=str(tmp_path), grid=grid))
    check_encoder(encoder, [picture(30, 40)[None], np.zeros((0, 8, 8, 3), np.uint8)])
    assert encoder.encode(np.stack([picture(9, 9), picture(9, 9, 2)])).shape == (2 * tokens, 384)
    assert encoder.tokens == tokens


def test_a_graph_of_half_floats_runs_too(tmp_path):
    _, first = dinov2(tmp_path / "half.onnx", kind=TensorProto.FLOAT16)
    built = Host.discovered(only=["vision"]).build(
        "encoders", "dinov2", {"path": str(tmp_path), "file": "half.onnx", "grid": 1}
    )
    built.prepare()
    assert np.allclose(built.encode(picture(20, 20)[None])[0], first[0, 0], atol=1e-3)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda file: dinov2(file, width=768), r"is \[1, 257, 768\], expected finite \[1, 257, 384\]"),
        (lambda file: dinov2(file, registers=4), r"is \[1, 261, 384\], .* without registers"),
        (lambda file: file.write_bytes(b"version https://git-lfs"), "not a whole ONNX network"),
    ],
)
def test_a_network_of_another_model_is_named_when_it_is_prepared(tmp_path, make, says):
    make(tmp_path / "model.onnx")
    with pytest.raises(ConfigError, match=says):
        opened(tmp_path)


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"size": {"shortest_edge": 100}}, "shortest_edge is 100, crop_size 224 x 224"),
        ({"crop_size": {"height": 225, "width": 224}}, "multiples of 14"),
        ({"crop_size": {"height": 0, "width": 224}}, "expected multiples"),
        ({"image_std": [0.2, 0.0, 0.2]}, "not above 0"),
        ({"image_mean": [0.2, 0.2]}, "image_mean"),
        ({"size": "large"}, "size"),
    ],
)
def test_a_preparation_that_cannot_be_is_named(tmp_path, said, says):
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(said))
    with pytest.raises(ConfigError, match=says):
        preparation_of(tmp_path)


def test_without_onnxruntime_the_extra_is_named(tmp_path, monkeypatch):
    dinov2(tmp_path / "model.onnx")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingExtraError, match=r"The encoder 'dinov2' needs .*hobnail\[cpu\]"):
        opened(tmp_path)


def test_before_prepare_and_without_pictures_nothing_is_encoded(tmp_path):
    dinov2(tmp_path / "model.onnx")
    with pytest.raises(EngineError, match="Call prepare"):
        DinoEncoder(DinoConfig(path=str(tmp_path))).encode(picture(8, 8)[None])
    with pytest.raises(EngineError, match="expected uint8"):
        opened(tmp_path).encode("a picture")
