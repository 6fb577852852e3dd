"""Note names as rows of a table, so that neighbours in pitch are neighbours in numbers. Of a fitted table only.

A network would have to learn each of a hundred names by heart, and the table that ships cannot tell A#4 from A4.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from hobnail.contracts import Float32

PITCH_WIDTH: Final = 8
"""Numbers of a pitch: 1, height, and three places on circles."""

_SEMITONES: Final = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
_PERIODS: Final = (4.0, 12.0, 48.0)  #: semitones


def note_names() -> dict[str, int]:
    """c0 .. b9 with sharps and flats, as the tokeniser leaves them -> MIDI number; 69 is A4."""
    found = {}
    for letter, step in _SEMITONES.items():
        for octave in range(10):
            for bend, by in (("", 0), ("#", 1), ("b", -1)):
                found[f"{letter}{bend}{octave}"] = 12 * (octave + 1) + step + by
    return found


def pitch_code(midi: float) -> Float32:
    """float32 [8]: 1, height in two octaves from middle C, and the pitch on circles of 4, 12 and 48 semitones."""
    circles = [(math.cos(angle), math.sin(angle)) for angle in (2.0 * math.pi * midi / period for period in _PERIODS)]
    return np.array([1.0, (midi - 60.0) / 24.0, *(number for place in circles for number in place)], np.float32)
