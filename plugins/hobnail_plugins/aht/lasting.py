"""How long a one-shot lasts: foretold from its words, another time for each take.

The network is told where the sound ends, and makes it end there. What recordings of such words last is the bundle's
(:class:`hobnail_plugins.aht.manifest.Lasting`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from hobnail.contracts import Float32
from hobnail_plugins.aht.manifest import Lasting
from hobnail_plugins.aht.spec import CUE_WIDTH
from hobnail_plugins.aht.voice import Voice

GRACE_HOPS: Final = 8
"""After its end a sound is heard so much longer, 85 ms: what the network still lets sound fades in it."""

GOES_ON_HOPS: Final = 300
"""A sustained voice that hears of no contacts is always told that it lasts so much longer, 3.2 s: told nothing, some
fell silent within a minute (steam, steps), told of more than recordings last, some began in silence. One that hears of
contacts is told nothing: it would sound between them."""

FARTHEST: Final = 1.5
"""Spreads that a take lies away from the middle, at most."""

SHORTEST_HOPS: Final = 4


def middle_hops(lasting: Lasting, words: Float32) -> float:
    """What half of the takes exceed, in hops; ``words`` float32 [width], the mean of a prompt's tokens."""
    return math.exp2(lasting.bias + float(words @ np.array(lasting.weights, np.float32)))


def foretold_hops(lasting: Lasting | None, words: Float32, seed: int) -> int:
    """Of one take, by its seed; 0 where the bundle says nothing of it."""
    if lasting is None:
        return 0
    chance = np.random.Generator(np.random.Philox(key=seed & 0xFFFF_FFFF_FFFF_FFFF))
    away = float(np.clip(chance.standard_normal(), -FARTHEST, FARTHEST))
    return max(SHORTEST_HOPS, round(middle_hops(lasting, words) * math.exp2(lasting.spread * away)))


def lasts_of(voices: Sequence[Voice], cue: Float32 | None) -> list[int]:
    """Hops from each voice's first to its sound's end, as the network is told; 0: nothing is.

    ``cue`` [voices, hops, taps * CUE_WIDTH]: what sustained voices hear of contacts, None: none does.
    """
    if not voices[0].sustained:
        return [voice.lasts for voice in voices]
    if cue is None:
        return [voice.hops + GOES_ON_HOPS for voice in voices]
    known: list[bool] = np.any(cue[..., 1::CUE_WIDTH], axis=(1, 2)).tolist()
    return [0 if told else voice.hops + GOES_ON_HOPS for voice, told in zip(voices, known, strict=True)]
