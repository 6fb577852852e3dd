"""The sentence encoder: the same numbers as the library that trained it; broken files are named."""

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel

from hobnail_trainer.errors import TextError
from hobnail_trainer.text.minilm import LONGEST, minilm_from, safetensors_from

TEXTS = ["", "heavy boots on gravel", "gravelly, oak#2 ZZ 靴 ☃", "the door of oak " * 30]


@pytest.fixture(scope="module")
def model(files):
    return minilm_from(*files)


def test_sentences_are_those_of_the_library(model, arrays):
    settings = BertConfig(
        vocab_size=len(model.pieces),
        hidden_size=384,
        num_hidden_layers=2,
        num_attention_heads=12,
        intermediate_size=1536,
    )
    theirs = BertModel(settings, add_pooling_layer=False).eval()
    weights = {name: torch.from_numpy(array) for name, array in arrays.items() if name != "embeddings.position_ids"}
    theirs.load_state_dict(weights, strict=True)
    ours = model.sentences(TEXTS)
    for text, found in zip(TEXTS, ours, strict=True):
        with torch.no_grad():
            states = theirs(torch.tensor([model.tokens(text)])).last_hidden_state
        expected = torch.nn.functional.normalize(states.mean(dim=1), dim=-1)[0]
        assert float((found - expected).abs().max()) < 1e-5


def test_what_stands_beside_a_text_in_a_batch_does_not_matter(model):
    together = model.sentences(TEXTS)
    alone = torch.cat([model.sentences([text]) for text in TEXTS])
    assert torch.allclose(together, alone, atol=1e-5)
    assert torch.allclose(model.sentences(TEXTS, batch=2), together, atol=1e-5)


def test_tokens_have_their_marks_and_a_limit(model):
    of = model.numbers
    assert model.tokens("Gravelly ☃") == [of["[CLS]"], of["gravel"], of["##ly"], of["[UNK]"], of["[SEP]"]]
    assert len(model.tokens("gravel " * 500)) == LONGEST


def test_pieces_alone_are_not_at_length_one(model):
    found = model.alone([[model.numbers["gravel"]], [model.numbers["oak"], model.numbers["##ly"]]])
    assert found.shape == (2, 384)
    assert (found.norm(dim=1) > 1.5).all()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda data: data[:-1000], "its header tells of"),
        (lambda data: data[:5], "not a whole safetensors file"),
        (lambda data: b"", "not a whole safetensors file"),
        (
            lambda data: data.replace(b"layer.0.output.dense.bias", b"layer.0.output.dense.bibs"),
            "dense.bias is nothing",
        ),
        (lambda data: data.replace(b'"F32"', b'"F16"'), "is nothing, expected"),
    ],
)
def test_a_broken_file_is_named(files, change, says):
    with pytest.raises(TextError, match=says):
        minilm_from(change(files[0]), files[1])


def test_a_vocabulary_of_another_size_or_of_no_text_is_named(files):
    with pytest.raises(TextError, match=r"word_embeddings.weight is \[\d+, 384\], expected \[3, 384\]"):
        minilm_from(files[0], b"a\nb\nc\n")
    with pytest.raises(TextError, match="not UTF-8"):
        minilm_from(files[0], b"\xff\xff")


def test_only_floats_are_read(files):
    assert "embeddings.position_ids" not in safetensors_from(files[0], "a file")
    assert np.isfinite(safetensors_from(files[0], "a file")["embeddings.LayerNorm.bias"].numpy()).all()
