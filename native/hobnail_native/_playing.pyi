"""What is done around a network's step for many voices at once: helpers, noise, sights, weights, levels. Portable."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]

class Team:
    """Whoever is free takes the next piece: the calling thread, and one that helps it and sleeps between calls.

    [one thread at a time]"""
    def __init__(self, helped: bool) -> None: ...
    @property
    def helped(self) -> int:
        """[any] Pieces that the helping thread took, so far."""
    @property
    def size(self) -> int:
        """Threads that may be at work at once, 1 or 2."""

def noise_into(seeds: Sequence[int], first_hops: Sequence[int], rows: NDArray[np.int64], out: Float32) -> None:
    """Standard normal numbers of voices' blocks into ``rows`` of ``out`` [voices, ...], as numpy's
    Generator(Philox(key=seed, counter=[0, 0, 0, first_hop + 1])) draws them. ValueError: not as many."""

class Sights:
    """Memory of sights by slot, written where it lies: held, track, usual, scene, contacts, seen. [one thread]

    ``columns``: of a scene, how each is squashed (0 log, 1 size, 2 light, 3 share), where it bends, its divisor."""
    def __init__(
        self,
        columns: Sequence[tuple[int, float, float]],
        arrays: Mapping[str, NDArray[np.generic]],
        *,
        slots: int,
        hops: int,
    ) -> None: ...
    def look(
        self,
        slots: NDArray[np.int64],
        told: NDArray[np.float64],
        blows: NDArray[np.float64],
        known: NDArray[np.bool_],
        hops: int,
    ) -> None:
        """``hops`` hops later: ``told`` [voices, 12], NaN: nothing new; ``blows`` [voices], impulses that came."""

class WeightSmoothing:
    """What happens to weights from step to step (``hobnail_plugins.daf.smoothing``): tables [27] or [27, voices]."""
    def __init__(
        self,
        *,
        hop_seconds: float,
        seconds: float,
        rate: float,
        floor: float,
        lead: float,
        doubt: float,
        fallback: tuple[float, float, float],
    ) -> None: ...
    def before(self, table: Float32) -> Float32:
        """The tables while the step runs."""
    def after(self, table: Float32, logits: Float32, weights: Float32, entropy: Float32) -> Float32:
        """And after it; reports are [3] or [voices, 3]. A voice whose reports are not finite stays as it was."""

class LevelHold:
    """Levels of sustained voices' blocks. Never changes."""
    def __init__(self, *, free_db: float, most_db: float, seconds: float, knee: float) -> None: ...
    def together(
        self,
        blocks: Sequence[Float32],
        voices: Sequence[tuple[float, float, float, float, float, float]],
        *,
        bends: bool,
    ) -> list[tuple[float, float]]:
        """Blocks, written over. Of each voice: power, gain, steady_db (NaN: it is not held), level, what is left at the
        block's beginning and end; power and gain after it."""
    def bend(self, samples: Float32) -> None:
        """Softly above ``knee``, never past 1, in place."""
