"""Text to pieces as RoBERTa and GPT-2 take them: bytes as letters, joined pair by pair in the order of a merge list.

Byte-level BPE (Sennrich and others 2016; Radford and others 2019). Any text can be written in it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from itertools import pairwise
from typing import Final

Pair = tuple[str, str]

_SHORT: Final = ("'re", "'ve", "'ll", "'s", "'t", "'m", "'d")


def split_text(text: str) -> list[str]:
    """Words with the blank before them, numbers, marks and blanks; joined they are the text again."""
    parts, at = [], 0
    while at < len(text):
        end = _end(text, at)
        parts.append(text[at:end])
        at = end
    return parts


def pieces_of(part: str, ranks: Mapping[Pair, int]) -> list[str]:
    """One part as pieces: of all pairs in it the one that comes first in the merge list is joined, again and again."""
    pieces = [LETTERS[byte] for byte in part.encode()]
    while len(pieces) > 1:
        pairs = set(pairwise(pieces))
        best = min(pairs, key=lambda pair: ranks.get(pair, len(ranks)))
        if best not in ranks:
            break
        joined: list[str] = []
        for piece in pieces:
            if joined and (joined[-1], piece) == best:
                joined[-1] += piece
            else:
                joined.append(piece)
        pieces = joined
    return pieces


def _end(text: str, at: int) -> int:
    """Where the part that begins at ``at`` ends."""
    if short := next((short for short in _SHORT if text.startswith(short, at)), None):
        return at + len(short)
    blank = text[at] == " " and at + 1 < len(text) and not text[at + 1].isspace()
    begin = at + blank
    kind = _kind(text[begin])
    end = begin
    while end < len(text) and _kind(text[end]) == kind:
        end += 1
    if kind == "blank" and end < len(text) and end - begin > 1:
        end -= 1  # the last blank belongs to what follows
    return end


def _kind(character: str) -> str:
    if character.isspace():
        return "blank"
    category = unicodedata.category(character)[0]
    return {"L": "letters", "N": "numbers"}.get(category, "marks")


def _letters() -> list[str]:
    """Of every byte the letter that stands for it: itself where it can be seen, else one from 256 on."""
    seen = {*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)}
    hidden = [byte for byte in range(256) if byte not in seen]
    return [chr(byte if byte in seen else 256 + hidden.index(byte)) for byte in range(256)]


LETTERS: Final = _letters()
