"""The encoder that ships: its contract, its table, and what it makes of texts."""

import hashlib
import io
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hobnail.errors import ConfigError, EngineError
from hobnail.host import Host
from hobnail.testing import check_encoder
from hobnail_plugins.text.encoder import words_encoder
from hobnail_plugins.text.spec import MOST_TOKENS, WIDTH, WordsConfig
from hobnail_plugins.text.table import packaged_bytes, table_from, table_to

SHIPPED = "423fc7b0aaa2b485"
"""What the table that ships makes of three texts: models were trained with it, so it never changes."""


ONCE = words_encoder()


@pytest.fixture(scope="module")
def words():
    ONCE.prepare()
    return ONCE


def likeness(words, one, other):
    a, b = (words.pooled(words.encode(text)) for text in (one, other))
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def test_it_keeps_its_contract(words):
    check_encoder(words, ["leather boots on gravel", "", "the", "A4", "x" * 10_000, "\0\ud800 靴"])
    assert (words.kind, words.width, words.most_tokens) == ("text", 128, 12)


def test_the_host_builds_it_by_name():
    built = Host.discovered(only=["text"]).build("encoders", "words")
    assert built.encode("gravel").shape == (1, 128)


def test_the_tokens_of_the_shipped_table_never_change(words):
    digest = hashlib.sha256()
    for text in ("a footstep on gravel", "a heavy wooden door creaking open", "sound"):
        digest.update(words.encode(text).astype("<f2").tobytes())
    assert digest.hexdigest()[:16] == SHIPPED


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_no_text_is_an_error(text):
    tokens = ONCE.encode(text)
    assert tokens.dtype == np.float32
    assert tokens.shape[0] <= MOST_TOKENS
    assert tokens.shape[1] == WIDTH
    assert np.isfinite(tokens).all()


def test_an_empty_text_has_no_token_and_pools_to_zero(words):
    assert words.encode("").shape == (0, 128)
    assert (words.pooled(words.encode("")) == 0.0).all()


def test_words_that_say_nothing_are_left_out_unless_there_is_nothing_else(words):
    assert np.array_equal(words.encode("the sound of an axe"), words.encode("axe"))
    assert len(words.encode("sound")) == 1


def test_numbers_and_notes_survive(words):
    assert not np.array_equal(words.encode("a flute, A4"), words.encode("a flute, A5"))
    assert len(words.encode("44 boots")) == 2


def test_unknown_words_fall_into_pieces(words):
    assert len(words.encode("stonelike")) > 1
    assert likeness(words, "stonelike", "stone") > 0.5


def test_what_sounds_alike_lies_nearer(words):
    alike = likeness(words, "footsteps on gravel", "walking on pebbles")
    assert alike > likeness(words, "footsteps on gravel", "an explosion") + 0.2
    assert likeness(words, "a wooden door", "a door of oak") > likeness(words, "a wooden door", "a dog barking") + 0.2


def test_only_text_is_taken(words):
    with pytest.raises(EngineError, match="expected str"):
        words.encode(b"boots")


def test_the_table_is_small_and_its_notice_lies_beside_it():
    assert len(packaged_bytes()) < 5e6
    notice = files("hobnail_plugins.text").joinpath("data", "words.NOTICE").read_text(encoding="utf-8")
    assert "all-MiniLM-L6-v2" in notice
    assert "Apache License" in notice


def test_a_table_goes_through_its_file_and_a_setting_takes_it(tmp_path):
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(3, 128)).astype(np.float32)
    data = table_to(["oak", "##en", "barrel"], vectors, np.ones(3, np.float32))
    assert data == table_to(["oak", "##en", "barrel"], vectors, np.ones(3, np.float32))
    file = tmp_path / "mine.npz"
    file.write_bytes(data)
    tokens = words_encoder(WordsConfig(table=str(file))).encode("an oaken barrel")
    assert np.allclose(tokens, vectors, atol=np.abs(vectors).max() / 200)


def changed(**arrays):
    with np.load(io.BytesIO(packaged_bytes())) as found:
        whole = {name: found[name] for name in found.files}
    packed = io.BytesIO()
    np.savez(packed, **{name: value for name, value in {**whole, **arrays}.items() if value is not None})
    return packed.getvalue()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (lambda: b"", "not a whole table"),
        (lambda: packaged_bytes()[:100_000], "not a whole table"),
        (lambda: changed(tells=None), "not a whole table"),
        (lambda: changed(version=np.asarray(2)), "version is 2, expected 1"),
        (lambda: changed(steps=np.zeros((5, 128), np.int8)), "steps is int8"),
        (lambda: changed(tells=np.full(3, np.nan, np.float32)), "tells is float32"),
        (lambda: changed(pieces=np.frombuffer(b"a\na", np.uint8)), "there twice"),
    ],
)
def test_a_file_that_is_no_table_is_named(data, says):
    with pytest.raises(ConfigError, match=says):
        table_from(data(), source="mine.npz")


def test_a_table_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        words_encoder(WordsConfig(table=str(tmp_path / "none.npz"))).prepare()
