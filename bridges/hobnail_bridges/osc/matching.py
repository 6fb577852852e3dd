"""OSC address patterns without regular expressions: time grows with pattern times text, never faster. Pure.

``?`` any character, ``*`` any characters, ``[a-z]`` and ``[!a-z]`` one of or none of these, ``{this,that}`` one of
these words; never across a ``/``. An empty part (``//``) stands for any number of parts, as in OSC 1.1.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import msgspec

from hobnail.errors import MessageError

SPECIAL: Final = frozenset("?*[]{}")
_MAX_WORDS: Final = 32


class Any(msgspec.Struct, frozen=True):
    """``?``"""


class Star(msgspec.Struct, frozen=True):
    """``*``"""


class OneOf(msgspec.Struct, frozen=True):
    """``[...]``"""

    characters: frozenset[str]
    negated: bool


class Words(msgspec.Struct, frozen=True):
    """Literal text, as a choice of one; or ``{...}``."""

    words: tuple[str, ...]


Token = Any | Star | OneOf | Words
Part = tuple[Token, ...] | str | None
"""What one part of an address asks for: a pattern, a literal, or (``None``) any number of parts."""


def is_pattern(address: str) -> bool:
    """Whether an address may mean more than itself."""
    return not SPECIAL.isdisjoint(address) or "//" in address


@lru_cache(maxsize=1024)
def parts_of(address: str) -> tuple[Part, ...]:
    """An address or pattern, part by part. Raises MessageError when brackets or braces are wrong."""
    if not address.startswith("/"):
        raise MessageError("malformed", "An address begins with '/'.", path=address, cure="Write '/hobnail/...'.")
    return tuple(_part(part, address) for part in address[1:].split("/"))


def matches(part: Part, text: str) -> bool:
    """Whether one part of an address is meant by a part of a pattern."""
    if part is None:
        return True
    if isinstance(part, str):
        return part == text
    places = {0}
    for token in part:
        places = _after(token, text, places)
        if not places:
            return False
    return len(text) in places


@lru_cache(maxsize=4096)
def matches_address(pattern: str, address: str) -> bool:
    """Whether a whole address is meant by a pattern."""
    wanted, texts = parts_of(pattern), address[1:].split("/")
    places = {0}  # how many of the texts are used up
    for part in wanted:
        if part is None:
            places = set(range(min(places), len(texts) + 1)) if places else places
        else:
            places = {place + 1 for place in places if place < len(texts) and matches(part, texts[place])}
    return len(texts) in places


def _after(token: Token, text: str, places: set[int]) -> set[int]:
    """Where a match may go on after this token, from where it stood."""
    match token:
        case Star():
            return set(range(min(places), len(text) + 1))
        case Any():
            return {place + 1 for place in places if place < len(text)}
        case OneOf():
            return {
                place + 1
                for place in places
                if place < len(text) and (text[place] in token.characters) != token.negated
            }
        case Words():
            return {place + len(word) for place in places for word in token.words if text.startswith(word, place)}


def _part(part: str, address: str) -> Part:
    if not part:
        return None
    if SPECIAL.isdisjoint(part):
        return part
    tokens: list[Token] = []
    at = 0
    while at < len(part):
        character = part[at]
        if character in "[{":
            close = part.find("]" if character == "[" else "}", at)
            if close < 0:
                raise _broken(address, f"{character!r} is not closed")
            inside = part[at + 1 : close]
            tokens.append(_one_of(inside, address) if character == "[" else _words(inside, address))
            at = close + 1
        elif character == "*":
            if not tokens or not isinstance(tokens[-1], Star):
                tokens.append(Star())
            at += 1
        elif character == "?":
            tokens.append(Any())
            at += 1
        elif character in "]}":
            raise _broken(address, f"{character!r} closes nothing")
        else:
            stop = next((place for place in range(at, len(part)) if part[place] in SPECIAL), len(part))
            tokens.append(Words((part[at:stop],)))
            at = stop
    return tuple(tokens)


def _one_of(inside: str, address: str) -> OneOf:
    negated = inside.startswith("!")
    inside = inside[negated:]
    if not inside:
        raise _broken(address, "[] is empty")
    characters: set[str] = set()
    at = 0
    while at < len(inside):
        if inside[at + 1 : at + 2] == "-" and at + 2 < len(inside):
            low, high = sorted((ord(inside[at]), ord(inside[at + 2])))
            characters.update(map(chr, range(low, high + 1)))
            at += 3
        else:
            characters.add(inside[at])
            at += 1
    return OneOf(frozenset(characters), negated)


def _words(inside: str, address: str) -> Words:
    words = tuple(inside.split(","))
    if len(words) > _MAX_WORDS or not SPECIAL.isdisjoint(inside):
        raise _broken(address, f"{{}} takes at most {_MAX_WORDS} plain words")
    return Words(words)


def _broken(address: str, why: str) -> MessageError:
    cure = "Use ?, *, [a-z], [!a-z] and {this,that}."
    return MessageError("malformed", f"The pattern cannot be read: {why}.", path=address, cure=cure)
