"""Blocks of latents to train on. Clips are recorded effects; a block is the first 64 hops or, in half of the draws, 64
from anywhere; silence follows a clip.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hobnail.contracts import Float32
from hobnail_trainer.codec.store import LatentStore
from hobnail_trainer.corpus.manifest import read_manifest
from hobnail_trainer.corpus.model import CATEGORIES, MATERIALS, Clip
from hobnail_trainer.errors import TrainerError

HOPS: Final = 64
WORDS: Final = (*CATEGORIES, *MATERIALS)
UNTOLD: Final = 0.12  #: of the blocks are learnt without their words, for guidance


class Blocks:
    """Draws blocks of latents, scaled as the trial wants them."""

    def __init__(self, corpus: Path, store: LatentStore, *, silence: Float32, seed: int) -> None:
        known = {clip.id: clip for clip in read_manifest(corpus).clips if clip.origin == "recorded"}
        self._items = [(known[place.clip], store.latents(place)) for place in store.index.clips if place.clip in known]
        if not self._items:
            raise TrainerError(
                "No recorded effect among the latents.", cure="Encode the train split of a whole corpus."
            )
        rows = np.concatenate([latents for _, latents in self._items])
        self.mean, self.spread = rows.mean(axis=0), np.maximum(rows.std(axis=0), 1e-3)
        self._silence = silence
        self._chance = np.random.default_rng(seed)

    def draw(self, count: int) -> tuple[Float32, Float32]:
        """float32 [count, HOPS, dimensions] around 0, and words float32 [count, words]."""
        latents = np.empty((count, HOPS, self.mean.size), np.float32)
        words = np.zeros((count, len(WORDS)), np.float32)
        for row in range(count):
            clip, whole = self._items[self._chance.integers(len(self._items))]
            first = int(self._chance.integers(max(1, len(whole) - HOPS + 1))) if self._chance.random() < 0.5 else 0
            latents[row] = self._filled(whole[first : first + HOPS])
            if self._chance.random() >= UNTOLD:
                words[row] = words_of(clip)
        return latents - self.mean, words

    def _filled(self, block: Float32) -> Float32:
        """After a clip's end comes silence, and the model must learn that too."""
        return np.concatenate([block, np.tile(self._silence, (HOPS - len(block), 1))])


def words_of(clip: Clip) -> NDArray[np.float32]:
    """Category and materials as a bag of words, float32 [words]."""
    named = {clip.category, *clip.materials}
    return np.array([word in named for word in WORDS], np.float32)
