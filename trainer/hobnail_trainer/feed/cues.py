"""What is told straight to the hops of a block: a game's rows, or, of pictures alone, the contacts seen in them.

In a film contacts are found by a small network of its own (:mod:`hobnail.film`), at times late, early or blind, which
cannot tell how hard a blow was. So are those that are learned from here.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from hobnail.contracts import Float32
from hobnail_plugins.vision.spec import VALUES
from hobnail_plugins.vision.squash import IMPULSE
from hobnail_trainer.feed.batch import Bools

MISSED: Final = 0.1  #: of contacts in pictures
LATE_HOPS: Final = 1  #: early or late, at most
UNSURE: Final = 0.15  #: standard deviation of how hard they were, squashed


def cues(scene: Float32, rows: Bools, pictures: Bools, chance: np.random.Generator) -> Float32:
    """[B, hops, 24] of true rows: as they are where ``rows`` [B, hops] are known, contacts where only pictures are."""
    out: Float32 = scene * rows[:, :, None]
    for block in np.flatnonzero((pictures & ~rows).any(axis=1)):
        out[block] = seen_contacts(scene[block], pictures[block] & ~rows[block], chance)
    return out


def seen_contacts(scene: Float32, seen: Bools, chance: np.random.Generator) -> Float32:
    """[hops, 24]: nothing but contacts, as a film tells them, in the hops that are seen."""
    out = np.zeros_like(scene)
    out[seen, VALUES + IMPULSE] = 1.0
    at = np.flatnonzero(scene[:, IMPULSE] > 0.0)
    at = at[chance.random(len(at)) >= MISSED]
    to = np.clip(at + chance.integers(-LATE_HOPS, LATE_HOPS + 1, len(at)), 0, len(scene) - 1)
    hard = scene[at, IMPULSE] + UNSURE * chance.standard_normal(len(at), dtype=np.float32)
    out[to, IMPULSE] = np.clip(hard, 0.05, 1.0)
    out[~seen] = 0.0
    return out
