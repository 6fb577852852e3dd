"""What a SoundFont 2 file holds: its presets, and the samples that each is made of. Only its tables are read.

SoundFont Technical Specification 2.04, sections 4 and 7: RIFF ``sfbk``; in the list ``pdta``, presets point to bags,
bags to generators, generators to instruments, and those in the same way to samples.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import IO, Final

INSTRUMENT: Final = 41
SAMPLE: Final = 53
_SIZES: Final = {b"phdr": 38, b"pbag": 4, b"pgen": 4, b"inst": 22, b"ibag": 4, b"igen": 4}


class BrokenFontError(Exception):
    """A soundfont cannot be read; the message says why."""


def samples_of_programs(font: Path) -> dict[int, frozenset[int]]:
    """Program of bank 0 -> numbers of the samples that it plays. Raises BrokenFontError."""
    try:
        with font.open("rb") as file:
            tables = _tables(file)
        instruments = [
            frozenset(_linked(tables[b"ibag"], tables[b"igen"], first, last, SAMPLE))
            for first, last in _spans(tables[b"inst"], 20)
        ]
        found = {}
        for entry, (first, last) in zip(tables[b"phdr"], _spans(tables[b"phdr"], 24), strict=False):
            program, bank = struct.unpack_from("<HH", entry, 20)
            if bank == 0:
                links = _linked(tables[b"pbag"], tables[b"pgen"], first, last, INSTRUMENT)
                found[program] = frozenset[int]().union(*(instruments[link] for link in links))
    except (OSError, struct.error, LookupError) as error:
        raise BrokenFontError(f"not a SoundFont that can be read: {type(error).__name__}: {error}") from error
    return found


def _tables(file: IO[bytes]) -> dict[bytes, list[bytes]]:
    """Chunk -> its records."""
    riff, _, kind = struct.unpack("<4sI4s", file.read(12))
    if (riff, kind) != (b"RIFF", b"sfbk"):
        raise BrokenFontError("not a SoundFont: it does not begin with RIFF sfbk")
    while head := file.read(12):
        name, size, kind = struct.unpack("<4sI4s", head)
        if (name, kind) == (b"LIST", b"pdta"):
            return dict(_records(file.read(size - 4)))
        file.seek(size - 4 + size % 2, 1)
    raise BrokenFontError("it has no list 'pdta', where presets stand; it may be cut off")


def _records(data: bytes) -> Iterator[tuple[bytes, list[bytes]]]:
    at = 0
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        step, body = _SIZES.get(name), data[at + 8 : at + 8 + size]
        if step:
            yield name, [body[place : place + step] for place in range(0, len(body) - step + 1, step)]
        at += 8 + size + size % 2


def _spans(entries: list[bytes], offset: int) -> list[tuple[int, int]]:
    """(first bag, bag after the last) of each entry; the last entry only ends the one before it."""
    starts = [struct.unpack_from("<H", entry, offset)[0] for entry in entries]
    return list(pairwise(starts))


def _linked(bags: list[bytes], generators: list[bytes], first: int, last: int, wanted: int) -> list[int]:
    """What the generators of the bags first..last point to."""
    start, end = (struct.unpack_from("<H", bags[bag])[0] for bag in (first, last))
    pairs = (struct.unpack("<HH", generator) for generator in generators[start:end])
    return [amount for operator, amount in pairs if operator == wanted]
