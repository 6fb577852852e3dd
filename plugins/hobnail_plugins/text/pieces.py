"""A text as word pieces of the table: the longest known beginning first, then the longest known continuation.

As WordPiece does (Wu and others 2016), but no text is an error: what no piece knows is passed over. A ``#`` inside a
word is kept, so that a table may have note names; the table that ships has none, and reads A#4 as A4.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

import numpy as np

from hobnail.contracts import Float32
from hobnail_plugins.text.spec import IGNORED, MOST_CHARACTERS, MOST_TOKENS

CONTINUES: Final = "##"
_WORD: Final = re.compile(r"[a-z0-9#]+")
_LONGEST: Final = 64  #: letters of a word that are looked at


def words_of(text: str) -> list[str]:
    """Lower-case words without accents, those that say nothing left out; all of them when nothing else is left."""
    plain = unicodedata.normalize("NFKD", text[:MOST_CHARACTERS].lower())
    words = [word.strip("#") for word in _WORD.findall("".join(c for c in plain if not unicodedata.combining(c)))]
    words = [word[:_LONGEST] for word in words if word]
    return [word for word in words if word not in IGNORED] or words


def pieces_of(word: str, known: Mapping[str, int]) -> list[int]:
    """Numbers of a word's pieces; letters that no piece knows are passed over."""
    found: list[int] = []
    begin = 0
    while begin < len(word):
        prefix = CONTINUES if begin else ""
        for end in range(len(word), begin, -1):
            if (number := known.get(prefix + word[begin:end])) is not None:
                found.append(number)
                begin = end
                break
        else:
            begin += 1
    return found


def tokens_of(text: str, known: Mapping[str, int], tells: Float32) -> list[int]:
    """Numbers of at most 12 pieces of a text, in its order.

    Of more, those that tell most are kept, of equals the earlier ones; ``tells`` float32 [pieces], how much each does.
    """
    numbers = [number for word in words_of(text) for number in pieces_of(word, known)]
    if len(numbers) > MOST_TOKENS:
        kept = sorted(np.argsort(-tells[numbers], kind="stable")[:MOST_TOKENS].tolist())
        numbers = [numbers[place] for place in kept]
    return numbers
