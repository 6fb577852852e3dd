"""One batch: blocks of latents with everything that a model may know of them. Plain arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hobnail.contracts import Float32

Bools = NDArray[np.bool_]
Ints = NDArray[np.int32]

TOLD: Final = ("exact", "paraphrase", "category", "vague", "nothing")
"""What ``told`` counts."""


@dataclass(frozen=True, slots=True, eq=False)
class FeedBatch:
    """B blocks of T hops; S hops of vision before them; W hops of history; a hop is 10.7 ms."""

    latents: Float32  #: [B, T, dimensions], clean; the latent of silence after a sound's end
    weight: Float32  #: [B, T], 1 in the sound and shortly after, less later, 0 where nothing is known
    history: Float32  #: [B, W, dimensions], the hops before the block, the newest last; 0 where there are none
    history_mask: Bools  #: [B, W], true where there is one
    age: Ints  #: [B], hops since the voice began
    text: Float32  #: [B, 12, 128], tokens
    text_mask: Bools  #: [B, 12]
    scene: Float32  #: [B, S+T, 24], what a game tells, from S hops before the block on
    scene_mask: Bools  #: [B, S+T], true where it is known
    pixels: NDArray[np.float16]  #: [B, S+T, 64, 6], what a camera sees
    pixels_mask: Bools  #: [B, S+T]
    cue: Float32  #: [B, S+T, 2], how hard something is struck in a hop, 0..1, and whether that is known; it lags
    lasts: Ints  #: [B], hops from a voice's first to its sound's end; 0 where it is unknown or not told
    has_vision: Bools  #: [B]
    horizon: Ints  #: [B], hops of the block whose vision is known: 0 live, T film
    vision_noise: Float32  #: [B], 0..1, how much worse vision was made
    controls: Float32  #: [B, 3], pitch, intensity, texture, -1..1; 0 untouched
    told: Ints  #: [B], how exact the words are, as in TOLD
    context_noise: Float32  #: [B], standard deviation of the noise on history, of the latents' spread
    first: Ints  #: [B], the block's first hop in its sound
    clips: tuple[str, ...]  #: ids

    @property
    def hops(self) -> int:
        """T."""
        return int(self.latents.shape[1])
