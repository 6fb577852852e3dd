"""How fast a codec decodes as an engine asks for it, in time of the processor: a busy machine does not count."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from hobnail.contracts import Codec, Float32
from hobnail_trainer.codec.model import Speed

VOICES: Final = 32
PASSES: Final = 3


def decoding_speed(codec: Codec, latents: Sequence[Float32], sound: Float32) -> Speed:
    """Times real time for each of 32 voices on one thread, the best of three passes. ``sound``: at the codec's rate."""
    voices = [latents[number % len(latents)] for number in range(VOICES)]
    hops = min(len(each) for each in voices)
    seconds = VOICES * hops / codec.spec.latents_hz
    by_hop = min(_by_hop(codec, voices, hops) for _ in range(PASSES))
    whole = min(_whole(codec, voices, hops) for _ in range(PASSES))
    began = time.process_time()
    codec.encode(sound, codec.begin_encoding(), last=True)
    encoding = time.process_time() - began
    return Speed(
        voices=VOICES,
        by_hop=seconds / by_hop,
        whole=seconds / whole,
        encoding=len(sound) / codec.spec.rate_hz / encoding,
    )


def _by_hop(codec: Codec, voices: Sequence[Float32], hops: int) -> float:
    states = [codec.begin_decoding(seed) for seed in range(len(voices))]
    began = time.process_time()
    for hop in range(hops):
        for number, latents in enumerate(voices):
            _, states[number] = codec.decode(latents[hop : hop + 1], states[number], last=hop == hops - 1)
    return time.process_time() - began


def _whole(codec: Codec, voices: Sequence[Float32], hops: int) -> float:
    began = time.process_time()
    for seed, latents in enumerate(voices):
        codec.decode(latents[:hops], codec.begin_decoding(seed), last=True)
    return time.process_time() - began
