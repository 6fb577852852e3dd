"""The renderer's noise in numpy, bit for bit: a function of (seed, stream, index), so any chunking agrees."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hobnail.contracts import Float32

UInt64 = NDArray[np.uint64]

_MASK: Final = (1 << 64) - 1
_GOLDEN: Final = 0x9E3779B97F4A7C15
_STEP: Final = np.float32(2.0 * math.sqrt(3.0) / 65536.0)


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


def evens(of_key: int, first: int, count: int) -> Float32:
    """Numbers spread evenly around 0 with variance 1: float32 [count], four from each hash from index ``first`` on."""
    quarters = bits(of_key, first, hashes_for(count)).astype("<u8", copy=False).view("<u2")[:count]
    return quarters * _STEP + (0.5 * _STEP - np.float32(math.sqrt(3.0)))


def hashes_for(count: int) -> int:
    """Indices that ``count`` numbers of :func:`evens` use up."""
    return -(-count // 4)


def _mixed(x: UInt64) -> UInt64:
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
