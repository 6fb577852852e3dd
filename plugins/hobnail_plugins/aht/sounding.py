"""Latents of several voices to samples: by one call, or by two on two threads."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Final

from hobnail.contracts import Codec, Float32
from hobnail_plugins.aht.lanes import Lanes
from hobnail_plugins.aht.sliders import decoded_together
from hobnail_plugins.aht.voice import Voice

SHARED: Final = 8
"""Voices from which on a second worker takes half of them: below, handing over costs what it saves."""


def sounded(codec: Codec, voices: Sequence[Voice], latents: Float32, lanes: Lanes) -> list[Float32] | None:
    """[engine] Each voice's sound as it is now known, from latents [voices, hops, latents]; None: the codec cannot."""
    each = -(-len(voices) // (lanes.count if len(voices) >= SHARED else 1))

    def some(which: slice) -> list[Float32] | None:
        states = [voice.decoding for voice in voices[which]]
        return decoded_together(codec, latents[which], states, [voice.slid for voice in voices[which]])

    parts = lanes.each(some, [slice(first, first + each) for first in range(0, len(voices), each)])
    known = [part for part in parts if part is not None]
    return list(chain.from_iterable(known)) if len(known) == len(parts) else None
