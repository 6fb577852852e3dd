"""How a teacher's features are laid out in time: three numbers to choose teachers by, before anything is trained.

Singh and others (iREPA, 2512.10794) found that the spatial structure of a teacher's features says more about what it
does for a generator than how well it classifies. Theirs are for images; here neighbours are hops before and after:

- **LDS** mean cosine of neighbouring hops, less that of hops at least six apart
- **CDS** how steeply the mean cosine falls over distances of one to eight hops: minus the slope, per hop
- **RMSC** root mean square length of unit features about their mean: 0 all alike, towards 1 all different

Cosines are of features as they are, not centred. A clip with fewer than :data:`LEAST` hops has no far pairs.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hobnail_trainer.errors import TeacherError
from hobnail_trainer.teachers.contract import Features

FAR: Final = 6  #: hops
STEPS: Final = 8  #: distances that the slope is fitted to
LEAST: Final = 16  #: hops of a clip that is measured
MOST: Final = 512  #: hops of a clip that are looked at: distances of seconds say little


class Structure(NamedTuple):
    """Means over clips, each clip counting the same."""

    lds: float
    cds: float
    rmsc: float
    clips: int


def structure(clips: Iterable[Features]) -> Structure:
    """Of features on the hop clock, float32 [hops, dims] of each clip. Raises TeacherError when all are too short."""
    rows = [of_clip(features[:MOST]) for features in clips if len(features) >= LEAST]
    if not rows:
        raise TeacherError(f"no clip has {LEAST} hops, so nothing can be said of features.", cure="Give longer clips.")
    lds, cds, rmsc = np.mean(rows, axis=0)
    return Structure(float(lds), float(cds), float(rmsc), len(rows))


def of_clip(features: Features) -> tuple[float, float, float]:
    """LDS, CDS and RMSC of float32 [hops, dims]; hops whose features are all zero count as unlike everything."""
    units = unit_rows(features)
    cosines = units @ units.T
    near = [float(np.diagonal(cosines, distance).mean()) for distance in range(1, STEPS + 1)]
    far = cosines[np.triu_indices(len(units), FAR)].mean()
    distance = np.arange(1, STEPS + 1) - (STEPS + 1) / 2.0
    slope = float(distance @ np.array(near) / (distance @ distance))
    centred = units - units.mean(axis=0)
    return near[0] - float(far), -slope, float(np.sqrt(np.square(centred).sum(axis=1).mean()))


def unit_rows(features: Features) -> NDArray[np.float64]:
    """Each row divided by its length; rows of length 0 stay."""
    rows = features.astype(np.float64)
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-8))
