"""Tokenisers of local models give the numbers that their own library gives."""

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from tokenizers.implementations import BertWordPieceTokenizer

from hobnail.errors import ConfigError
from hobnail_plugins.text.bpe import LETTERS, split_text
from hobnail_plugins.text.tokenisers import byte_pairs, word_pieces

TEXTS = (
    "Footsteps on gravel, leather boots; a heavy door isn't creaking!",
    "  two  blanks\n\nand\tlines \n x",
    "they'll we've I'm you'd it's 'tis DON'T",
    "naïve café Ångström — 靴の音 👢👢 ½ ²³ ٣ १२",
    "A#4 440Hz x_y __init__ a\u00a0b\u3000c \u200b \ufeff",
    "",
    " ",
)
MARKS = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]


@pytest.fixture(scope="module")
def roberta(tmp_path_factory):
    theirs = Tokenizer(models.BPE(unk_token="<unk>"))
    theirs.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    theirs.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=500, special_tokens=MARKS, initial_alphabet=alphabet, show_progress=False, min_frequency=1
    )
    theirs.train_from_iterator([*TEXTS, "gravel gravelly footstep footsteps door doors"] * 3, trainer)
    folder = tmp_path_factory.mktemp("clap")
    theirs.save(str(folder / "tokenizer.json"))
    return theirs, folder


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    letters = [chr(code) for code in range(33, 127)] + list("靴音½")
    words = ["foot", "##step", "##steps", "gravel", "on", "door", "cafe", "naive", "is", "##n", "##ly"]
    pieces = dict.fromkeys(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *letters, *(f"##{each}" for each in letters), *words])
    folder = tmp_path_factory.mktemp("minilm")
    (folder / "vocab.txt").write_text("\n".join(pieces) + "\n", encoding="utf-8")
    theirs = BertWordPieceTokenizer({piece: number for number, piece in enumerate(pieces)}, lowercase=True)
    return theirs, folder


def of_roberta(theirs, text):
    return [theirs.token_to_id("<s>"), *theirs.encode(text).ids, theirs.token_to_id("</s>")]


@pytest.mark.parametrize("text", TEXTS)
def test_byte_pairs_are_those_of_the_library(roberta, text):
    theirs, folder = roberta
    assert byte_pairs(folder).numbers(text, most=512) == of_roberta(theirs, text)


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs", "Cn", "Co"]), max_size=40))
def test_whatever_the_text_its_parts_are_the_text(text):
    assert "".join(split_text(text)) == text


def test_byte_pairs_of_many_mixed_texts_are_those_of_the_library(roberta):
    theirs, folder = roberta
    ours, chance = byte_pairs(folder), random.Random(1)
    for _ in range(300):
        text = "".join(chance.choice(" \n\t''sdlvrem.,_-#0129abcXYé靴½👢 the") for _ in range(chance.randrange(1, 40)))
        assert ours.numbers(text, most=512) == of_roberta(theirs, text), text


@pytest.mark.parametrize("text", [text for text in TEXTS if "\u200b" not in text])
def test_word_pieces_are_those_of_the_library(bert, text):
    theirs, folder = bert
    assert word_pieces(folder).numbers(text, most=256) == theirs.encode(text).ids


def test_word_pieces_of_many_mixed_texts_are_those_of_the_library(bert):
    theirs, folder = bert
    ours, chance = word_pieces(folder), random.Random(2)
    for _ in range(300):
        text = "".join(chance.choice(" \n\t'foot steps.,_-#019éÀ靴½—x\u00a0") for _ in range(chance.randrange(1, 40)))
        assert ours.numbers(text, most=256) == theirs.encode(text).ids, text


def test_a_very_long_word_is_unknown_as_in_the_library(bert):
    theirs, folder = bert
    for length in (100, 101):
        assert word_pieces(folder).numbers("x" * length, most=256) == theirs.encode("x" * length).ids


def test_a_long_text_is_cut_off_between_the_marks(roberta, bert):
    for tokeniser, first, last in (
        (byte_pairs(roberta[1]), "<s>", "</s>"),
        (word_pieces(bert[1]), "[CLS]", "[SEP]"),
    ):
        numbers = tokeniser.numbers("gravel " * 600, most=64)
        assert len(numbers) == 64
        assert (numbers[0], numbers[-1]) == (tokeniser.vocabulary[first], tokeniser.vocabulary[last])


def test_the_older_files_give_the_same(roberta, bert, tmp_path):
    theirs, folder = roberta
    model = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))["model"]
    (tmp_path / "vocab.json").write_text(json.dumps(model["vocab"]), encoding="utf-8")
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]]
    (tmp_path / "merges.txt").write_text("\n".join(["#version: 0.2", *merges, ""]), encoding="utf-8")
    assert byte_pairs(tmp_path).numbers(TEXTS[0], most=512) == of_roberta(theirs, TEXTS[0])
    theirs, folder = bert
    other = tmp_path / "bert"
    other.mkdir()
    theirs.save(str(other / "tokenizer.json"))
    assert word_pieces(other).numbers(TEXTS[0], most=512) == theirs.encode(TEXTS[0]).ids


def test_every_byte_has_a_letter_of_its_own():
    assert len(set(LETTERS)) == 256
    assert (LETTERS[ord("a")], LETTERS[ord(" ")], LETTERS[ord("\n")]) == ("a", "Ġ", "Ċ")


@pytest.mark.parametrize(
    ("read", "name", "content", "says"),
    [
        (word_pieces, "vocab.txt", "gravel\n[CLS]\n[SEP]", r"lacks \[UNK\]"),
        (word_pieces, "tokenizer.json", '{"model": {"type": "BPE"}}', "its model is BPE, expected WordPiece"),
        (word_pieces, "tokenizer.json", '{"model": 3}', "its model is int, expected WordPiece"),
        (word_pieces, "tokenizer.json", '{"model": {"vocab": ["a"]}}', "no vocabulary of pieces and numbers"),
        (byte_pairs, "tokenizer.json", '{"model": {"vocab": {"a": 1}, "merges": []}}', "lacks <s>, </s>, <unk>"),
        (byte_pairs, "vocab.json", '{"<s>": 0}', "there is no merges.txt"),
        (
            byte_pairs,
            "tokenizer.json",
            '{"model": {"vocab": {"<s>": 0, "</s>": 1, "<unk>": 2}, "merges": ["a b c"]}}',
            "a merge is a b c, expected two pieces",
        ),
    ],
)
def test_files_of_another_model_are_named(tmp_path, read, name, content, says):
    (tmp_path / name).write_text(content)
    with pytest.raises(ConfigError, match=says):
        read(tmp_path)
