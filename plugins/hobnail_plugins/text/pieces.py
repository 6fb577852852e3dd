"""Words to word pieces: the longest known beginning first, then the longest known continuation (Wu and others 2016)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from hobnail_plugins.text.spec import IGNORED

CONTINUES: Final = "##"
_WORD: Final = re.compile(r"[a-z0-9#]+")
_LONGEST: Final = 64  #: letters of a word that are looked at


def words_of(text: str) -> list[str]:
    """Lower-case words without accents, those that say nothing left out; all of them when nothing else is left."""
    plain = unicodedata.normalize("NFKD", text.lower())
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
