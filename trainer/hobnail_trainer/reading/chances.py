"""How likely each clip is to be read next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hobnail.audio import RATE_HZ
from hobnail_trainer.corpus.model import Category, Material, Origin
from hobnail_trainer.reading.model import Mixture


class Weighed(Protocol):
    """What counts of a clip, or of anything else that can be read."""

    @property
    def origin(self) -> Origin:
        """Where it comes from."""

    @property
    def category(self) -> Category:
        """What it is."""

    @property
    def materials(self) -> tuple[Material, ...]:
        """What it is of."""

    @property
    def frames(self) -> int:
        """How long it is, at 48 kHz."""


def chances(clips: Sequence[Weighed], mixture: Mixture) -> NDArray[np.float64]:
    """Probability of each clip, float64 [clips]; all zero when the mixture leaves everything out.

    p(clip) = p(origin) p(category | origin) p(clip | both): origins by their shares, categories by their seconds to the
    power ``flatten``, clips by their seconds to the power ``by_length``, the latter two times their factors.
    """
    cells: dict[tuple[Origin, Category], list[int]] = defaultdict(list)
    for index, clip in enumerate(clips):
        if _factor(clip, mixture) > 0.0 and mixture.origins.get(clip.origin, 0.0) > 0.0:
            cells[clip.origin, clip.category].append(index)
    out = np.zeros(len(clips))
    totals: dict[Origin, float] = defaultdict(float)
    sizes = {}
    for (origin, category), indices in cells.items():
        seconds = sum(clips[index].frames for index in indices) / RATE_HZ
        sizes[origin, category] = seconds**mixture.flatten * mixture.categories.get(category, 1.0)
        totals[origin] += sizes[origin, category]
    for (origin, category), indices in cells.items():
        if totals[origin] > 0.0:
            own = np.array(
                [(clips[i].frames / RATE_HZ) ** mixture.by_length * _factor(clips[i], mixture) for i in indices]
            )
            out[indices] = own / own.sum() * sizes[origin, category] / totals[origin] * mixture.origins[origin]
    total = out.sum()
    return out / total if total > 0.0 else out


def _factor(clip: Weighed, mixture: Mixture) -> float:
    return max((mixture.materials.get(material, 1.0) for material in clip.materials), default=1.0)
