"""Text to word pieces exactly as BERT's lower-case models take them: for networks, not for the table.

Text is cleaned, lowered, freed of accents and cut at blanks, punctuation and Chinese characters; a word is then cut
into the longest pieces that the vocabulary has, from the left (Wu and others 2016; Devlin and others 2018).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Container
from typing import Final

LONGEST_WORD: Final = 100
"""Characters; a longer word is not in any vocabulary."""

INSIDE: Final = "##"
"""Begins the name of a piece that goes on with a word."""

_CHINESE: Final = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B820, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)


def plain(text: str) -> str:
    """Lower case without accents, control characters or odd blanks."""
    kept = "".join(_cleaned(character) for character in text)
    apart = unicodedata.normalize("NFD", kept.lower())
    return "".join(character for character in apart if unicodedata.category(character) != "Mn")


def split_words(text: str) -> list[str]:
    """Words and single punctuation marks of a text, plain."""
    return "".join(f" {each} " if _stands_alone(each) else each for each in plain(text)).split()


def pieces_of(word: str, vocabulary: Container[str]) -> list[str]:
    """The pieces of a plain word; [] when some part of it is in no piece, or it is too long."""
    found: list[str] = []
    begin = 0
    while begin < len(word) <= LONGEST_WORD:
        prefix = INSIDE if begin else ""
        ends = range(len(word), begin, -1)
        end = next((end for end in ends if prefix + word[begin:end] in vocabulary), None)
        if end is None:
            return []
        found.append(prefix + word[begin:end])
        begin = end
    return found


def _cleaned(character: str) -> str:
    if character in "\t\n\r" or unicodedata.category(character) == "Zs":
        return " "
    return "" if character in "\0\ufffd" or unicodedata.category(character).startswith("C") else character


def _stands_alone(character: str) -> bool:
    code = ord(character)
    if code < 128:
        return not character.isalnum() and character.isprintable() and character != " "
    return unicodedata.category(character).startswith("P") or any(low <= code <= high for low, high in _CHINESE)
