"""Texts as pieces of the table: what is kept, what falls apart, what is left out."""

import numpy as np
import pytest

from hobnail_plugins.text.pieces import pieces_of, tokens_of, words_of
from hobnail_plugins.text.spec import MOST_CHARACTERS, MOST_TOKENS

NAMES = ["gravel", "step", "a", "##s", "##ly", "##step", "foot", "##4", "440", "c#4", "the"]
KNOWN = {piece: number for number, piece in enumerate(NAMES)}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        (" \t\n ", []),
        ("!?...", []),
        ("The Sound of GRAVEL", ["gravel"]),
        ("the sound of a", ["the", "sound", "of", "a"]),
        ("café, naïve—Ångström", ["cafe", "naive", "angstrom"]),
        ("A4 and C#5!", ["a4", "c#5"]),
        ("#hashtag ## #", ["hashtag"]),
        ("440 Hz", ["440", "hz"]),
        ("靴 boots 👢", ["boots"]),
    ],
)
def test_words_are_plain_and_say_something(text, words):
    assert words_of(text) == words


@pytest.mark.parametrize(
    ("word", "pieces"),
    [
        ("gravel", ["gravel"]),
        ("gravelly", ["gravel", "##ly"]),
        ("footsteps", ["foot", "##step", "##s"]),
        ("a4", ["a", "##4"]),
        ("c#4", ["c#4"]),
        ("440", ["440"]),
        ("zzz", []),
        ("", []),
    ],
)
def test_a_word_falls_into_the_longest_pieces(word, pieces):
    assert pieces_of(word, KNOWN) == [KNOWN[piece] for piece in pieces]


def test_letters_that_no_piece_knows_are_passed_over():
    assert pieces_of("gravel!!s", KNOWN) == [KNOWN["gravel"], KNOWN["##s"]]


def test_a_long_text_keeps_what_tells_most_in_its_order():
    tells = np.ones(len(KNOWN), np.float32)
    tells[[KNOWN["gravel"], KNOWN["440"]]] = 5.0
    text = "foot step " * 10 + "gravel 440 " + "foot " * 20
    numbers = tokens_of(text, KNOWN, tells)
    assert len(numbers) == MOST_TOKENS
    assert numbers[-2:] == [KNOWN["gravel"], KNOWN["440"]]
    assert numbers[:10] == [KNOWN["foot"], KNOWN["step"]] * 5  # of equals the earlier ones


@pytest.mark.parametrize("count", [MOST_TOKENS - 1, MOST_TOKENS, MOST_TOKENS + 1])
def test_at_most_twelve_tokens(count):
    numbers = tokens_of("gravel " * count, KNOWN, np.ones(len(KNOWN), np.float32))
    assert len(numbers) == min(count, MOST_TOKENS)


def test_what_follows_after_many_characters_is_not_read():
    assert words_of("x" * MOST_CHARACTERS + " gravel") == ["x" * 64]
    assert "gravel" in words_of(" " * (MOST_CHARACTERS - 6) + "gravel")
