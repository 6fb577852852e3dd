"""The renderer's noise in numpy, bit for bit: a function of (seed, stream, index), so any chunking agrees."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

UInt64 = NDArray[np.uint64]

_MASK: Final = (1 << 64) - 1
_GOLDEN: Final = 0x9E3779B97F4A7C15


def key(seed: int, stream: int) -> int:
    """The key of a seed's stream. Same as ``synth::Noise`` in C++: SplitMix64 as a counter-based generator.

    Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014; the finaliser is David
    Stafford's variant 13.
    """
    inner = int(_mixed(np.array([(seed + _GOLDEN) & _MASK], np.uint64))[0])
    return int(_mixed(np.array([(inner + _GOLDEN * (stream + 1)) & _MASK], np.uint64))[0])


def bits(of_key: int, first: int, count: int) -> UInt64:
    """64 random bits for each index ``first .. first + count - 1``."""
    index = np.arange(count, dtype=np.uint64) + np.uint64((first + 1) & _MASK)
    return _mixed(np.uint64(of_key) + np.uint64(_GOLDEN) * index)


def _mixed(x: UInt64) -> UInt64:
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
