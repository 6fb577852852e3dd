"""What a block begins with: noise of its voice's seed, and its controls as axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hobnail.contracts import Float32
from hobnail_native import noise_into
from hobnail_plugins.aht.spec import CONTROLS

_SEEDS: Final = 0xFFFF_FFFF_FFFF_FFFF


def noise_of(seed: int, first_hop: int, hops: int, latents: int) -> Float32:
    """Standard normal noise of a block, float32 [hops, latents]: the same for a voice alone and in any company."""
    out: Float32 = np.empty((hops, latents), np.float32)
    draw(out[None], np.zeros(1, np.int64), [seed], [first_hop])
    return out


def draw(out: Float32, rows: NDArray[np.int64], seeds: Sequence[int], first_hops: Sequence[int]) -> None:
    """The same of several voices, into ``rows`` of ``out`` [voices, hops, latents].

    It is what numpy's Generator(Philox(key=seed, counter=[0, 0, 0, first_hop + 1])) draws, to the bit.
    """
    noise_into([seed & _SEEDS for seed in seeds], first_hops, rows, out)


def axes_of(controls: Mapping[str, float], force: float) -> dict[str, float]:
    """Normalised controls as -1..1; the contact's force moves the intensity with them."""
    axes = {name: 2.0 * value - 1.0 for name, value in controls.items()}
    axes[CONTROLS[1]] = min(1.0, max(-1.0, axes.get(CONTROLS[1], 0.0) + force))
    return axes
