"""Splits by source family: which family goes where depends on its name and the seed, and on nothing else.

So a corpus that grows keeps its test set: what was never trained on stays so.
"""

from __future__ import annotations

import hashlib

from hobnail_trainer.corpus.model import Split


def split_of(family: str, *, seed: int, validation: float, test: float) -> Split:
    """The split of a family; ``validation`` and ``test`` are shares of all families, 0..1."""
    digest = hashlib.sha256(f"{seed}/{family}".encode()).digest()
    place = int.from_bytes(digest[:8], "big") / 2**64
    if place < test:
        return "test"
    return "validation" if place < test + validation else "train"
