"""Sentence encoders from local ONNX files: what they give, and every fault named."""

import sys

import numpy as np
import pytest
from onnx import TensorProto

from hobnail.errors import ConfigError, EngineError, MissingExtraError
from hobnail.host import Host
from hobnail.testing import check_encoder
from hobnail_plugins.text.networks import ClapTextEncoder, MiniLmEncoder
from hobnail_plugins.text.spec import ClapTextConfig, MiniLmConfig

from ..onnx_files import clap_text, minilm

VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "gravel", "boots", "on", "##ly", "a"]
BYTES = '{"model": {"type": "BPE", "vocab": {"<s>": 0, "</s>": 2, "<unk>": 3, "g": 4, "o": 5, "go": 6}, "merges": %s}}'


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "vocab.txt").write_text("\n".join(VOCABULARY))
    return tmp_path


@pytest.fixture
def clap(tmp_path):
    (tmp_path / "tokenizer.json").write_text(BYTES % '[["g", "o"]]')
    return tmp_path


def opened(folder, **settings):
    encoder = MiniLmEncoder(MiniLmConfig(path=str(folder), **settings))
    encoder.prepare()
    return encoder


def test_minilm_gives_a_token_for_each_piece_without_its_marks(folder):
    table = minilm(folder / "model.onnx")
    tokens = opened(folder).encode("Boots on gravelly zzz")
    assert np.array_equal(tokens, table[[5, 6, 4, 7, 1]])


def test_it_lies_in_a_folder_of_its_own_as_on_the_models_page(folder):
    table = minilm(folder / "onnx" / "model.onnx", output="token_embeddings")
    assert np.array_equal(opened(folder).encode("gravel"), table[[4]])
    assert np.array_equal(opened(folder, file="onnx/model.onnx").encode("gravel"), table[[4]])


def test_both_keep_their_contract(folder, clap):
    minilm(folder / "model.onnx")
    clap_text(clap / "text_model.onnx")
    texts = ["boots on gravel", "", " ", "gravel " * 500, "靴"]
    check_encoder(MiniLmEncoder(MiniLmConfig(path=str(folder))), texts)
    check_encoder(ClapTextEncoder(ClapTextConfig(path=str(clap))), texts)
    host = Host.discovered(only=["text"])
    assert host.build("encoders", "minilm", {"path": str(folder), "most_tokens": 3}).most_tokens == 3
    assert host.build("encoders", "clap_text", {"path": str(clap)}).kind == "text"


@pytest.mark.parametrize(("words", "most"), [(0, 12), (11, 12), (12, 12), (13, 12), (400, 12), (400, 254)])
def test_the_first_tokens_of_a_long_text_are_kept(folder, words, most):
    minilm(folder / "model.onnx")
    assert len(opened(folder, most_tokens=most).encode("gravel " * words)) == min(words, most)


def test_clap_gives_one_token_of_length_one(clap):
    table = clap_text(clap / "text_model.onnx")
    encoder = ClapTextEncoder(ClapTextConfig(path=str(clap)))
    encoder.prepare()
    mean = table[[0, 6, 4, 2]].mean(axis=0)  # <s> go g </s>
    assert np.allclose(encoder.encode("gog")[0], mean / np.linalg.norm(mean), atol=1e-6)
    assert encoder.encode("").shape == (0, 512)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda file: minilm(file, width=768), r"last_hidden_state is \[1, .*, 768\], expected finite \[1, ..., 384\]"),
        (lambda file: minilm(file, output="logits"), "its outputs are logits, expected last_hidden_state or"),
        (lambda file: minilm(file, extra={"pixel_values": (TensorProto.FLOAT, [1])}), "its inputs are .*pixel_values"),
        (lambda file: minilm(file, pieces=5), "the network failed"),
        (lambda file: minilm(file, poison=True), "expected finite"),
        (lambda file: file.write_bytes(b"\x08\x08"), "not a whole ONNX network"),
    ],
)
def test_a_network_of_another_model_is_named_when_it_is_prepared(folder, make, says):
    make(folder / "model.onnx")
    with pytest.raises(ConfigError, match=says):
        opened(folder)


def test_what_is_missing_is_named(folder, clap, tmp_path):
    with pytest.raises(ConfigError, match=r"there is no model.onnx or onnx/model.onnx"):
        opened(folder)
    with pytest.raises(ConfigError, match=r"\[encoder.minilm\] path: .* does not exist"):
        opened(tmp_path / "none")
    with pytest.raises(ConfigError, match=r"there is no text_model\.onnx"):
        ClapTextEncoder(ClapTextConfig(path=str(clap))).prepare()


def test_without_onnxruntime_the_extra_is_named(folder, monkeypatch):
    minilm(folder / "model.onnx")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingExtraError, match=r"hobnail\[cpu\]"):
        opened(folder)


def test_before_prepare_and_without_text_nothing_is_encoded(folder):
    minilm(folder / "model.onnx")
    with pytest.raises(EngineError, match="Call prepare"):
        MiniLmEncoder(MiniLmConfig(path=str(folder))).encode("gravel")
    with pytest.raises(EngineError, match="found int, expected text"):
        opened(folder).encode(3)
