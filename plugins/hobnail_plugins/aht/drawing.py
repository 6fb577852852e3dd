"""What a block begins with: noise of its voice's seed, and its controls as axes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hobnail.contracts import Float32
from hobnail_plugins.aht.spec import CONTROLS


def noise_of(seed: int, first_hop: int, hops: int, latents: int) -> Float32:
    """Standard normal noise of a block, float32 [hops, latents]: the same for a voice alone and in any company."""
    chance = np.random.Generator(np.random.Philox(key=seed & 0xFFFF_FFFF_FFFF_FFFF, counter=[0, 0, 0, first_hop + 1]))
    return chance.standard_normal((hops, latents), dtype=np.float32)


def axes_of(controls: Mapping[str, float], force: float) -> dict[str, float]:
    """Normalised controls as -1..1; the contact's force moves the intensity with them."""
    axes = {name: 2.0 * value - 1.0 for name, value in controls.items()}
    axes[CONTROLS[1]] = min(1.0, max(-1.0, axes.get(CONTROLS[1], 0.0) + force))
    return axes
