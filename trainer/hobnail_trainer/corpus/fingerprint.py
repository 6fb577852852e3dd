"""Finds the same recording under another name, format, rate or gain, and sounds made from one recording.

Haitsma and Kalker, "A highly robust audio fingerprinting system" (ISMIR 2002): a bit for each band and frame says
whether the difference of energy between neighbouring bands grows or falls. Gain does not change it, and lossy coding
changes few bits; different takes, even of one noise with one envelope, differ in about half of them. Here frames are
short, since hits are, and at most the first second counts. What share of bits may differ was chosen on the packages
themselves (docs/corpus.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from hobnail_trainer.corpus.sound import Samples

SAME: Final = 0.12  #: share of bits that may differ in copies
RELATED: Final = 0.33  #: and in sounds made from one recording: mixed with another, or cut elsewhere
LEAST_RELATED_FRAMES: Final = 9600  #: 0.2 s; shorter clicks come that close by chance
LENGTHS_AGREE: Final = 0.03
BANDS: Final = 24
FRAME: Final = 2048
HOP: Final = 128
MOST_FRAMES: Final = 384
LEAST_FRAMES: Final = 65
_EDGES: Final = np.round(np.geomspace(8, 342, BANDS + 2)).astype(int)  # 190 Hz to 8 kHz
_BYTES: Final = BANDS // 8
_ONES: Final = np.array([bin(value).count("1") for value in range(256)], dtype=np.uint8)


def frames_of(samples: int) -> int:
    """How many frames of a print come from sound of this length; the others would be padding."""
    return max(LEAST_FRAMES, min(MOST_FRAMES, 1 + (samples - FRAME) // HOP))


def fingerprint(samples: Samples) -> bytes:
    """24 bits for each of :func:`frames_of` frames, less one."""
    count = frames_of(samples.size)
    padded = np.pad(samples, (0, max(0, FRAME + count * HOP - samples.size)))
    views = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[::HOP][:count]
    power = np.abs(np.fft.rfft(views * np.hanning(FRAME).astype(np.float32))) ** 2
    bands = np.add.reduceat(power, _EDGES, axis=1)[:, :-1]
    return np.packbits(np.diff(np.diff(bands, axis=1), axis=0) > 0.0, axis=1).tobytes()


def difference(one: bytes, other: bytes) -> float:
    """Share of bits that differ, 0..1, over the frames that both have."""
    size = min(len(one), len(other))
    bits = np.frombuffer(one[:size], np.uint8) ^ np.frombuffer(other[:size], np.uint8)
    return float(_ONES[bits].sum()) / (8 * size)


class Likeness(NamedTuple):
    """Two sounds of about the same length whose prints agree."""

    first: int
    second: int
    difference: float

    @property
    def is_copy(self) -> bool:
        """The same recording, up to gain, format and rate; otherwise one made from the other, or from the same take."""
        return self.difference < SAME


def likenesses(prints: Sequence[bytes], frames: Sequence[int]) -> list[Likeness]:
    """Every pair that is the same sound or related. ``frames`` are the lengths."""
    order = np.argsort(np.array(frames), kind="stable")
    table = np.zeros((len(prints), (MOST_FRAMES - 1) * _BYTES), np.uint8)
    for index, one in enumerate(prints):
        table[index, : len(one)] = np.frombuffer(one, np.uint8)
    found = []
    for place, first in enumerate(order):
        end = place + 1
        while end < len(order) and frames[order[end]] <= frames[first] * (1.0 + LENGTHS_AGREE):
            end += 1
        others, size = order[place + 1 : end], len(prints[first])  # the shorter's: order is by length
        shares = _ONES[table[others, :size] ^ table[first, :size]].sum(axis=1, dtype=np.int64) / (8 * size)
        limit = RELATED if frames[first] >= LEAST_RELATED_FRAMES else SAME
        found += [
            Likeness(int(first), int(other), float(share))
            for other, share in zip(others, shares, strict=True)
            if share < limit
        ]
    return found
