"""Contacts as the hops of a block are told of them: late as a game's ticks are, hard as they are loud.

Every sound has onsets, not scenes alone, and a contact says nothing of which sound it is: so when things sound is
learned from all that there is, and cannot be learned by heart together with how they sound.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hobnail.contracts import Float32
from hobnail_plugins.aht.spec import CUE_WIDTH

LATE: Final = (1, 1, 2, 2, 2, 3)  #: hops after its own in which a contact is known, of a game of 60 ticks a second
LOOSE: Final = 0.2  #: of contacts: seen by a camera, another hop early or late
MISSED: Final = 0.05
UNSURE: Final = 0.1  #: standard deviation of how hard they were
WITHIN: Final = 4  #: hops after an onset in which it is loudest
LEAST: Final = 0.1


def contacts_told(
    onsets: Sequence[int],
    loud: NDArray[np.float16] | Float32,
    begin: int,
    hops: int,
    silence: float,
    chance: np.random.Generator,
    *,
    since: int = 0,
) -> Float32:
    """[hops, 2] of the hops of a sound from ``begin`` on: how hard it is struck, and 1 from ``since`` to its end.

    ``onsets``: its hops; ``loud`` [all hops of the sound]: the latent that follows the level, ``silence`` in silence.
    """
    out = np.zeros((hops, CUE_WIDTH), np.float32)
    out[max(0, since - begin) : max(0, len(loud) - begin), 1] = 1.0
    some = [onset for onset in onsets if begin - LATE[-1] - 1 <= onset < begin + hops]
    top = max(float(loud.max(initial=silence)) - silence, 1e-3)
    for onset in some:
        if chance.random() < MISSED:
            continue
        late = LATE[int(chance.integers(len(LATE)))] + (chance.random() < LOOSE) * int(chance.integers(-1, 2))
        at = onset + late - begin
        if 0 <= at < hops:
            hard = (float(loud[onset : onset + WITHIN].max(initial=silence)) - silence) / top
            out[at] = max(LEAST, min(1.0, hard + UNSURE * chance.standard_normal())), 1.0
    return out
