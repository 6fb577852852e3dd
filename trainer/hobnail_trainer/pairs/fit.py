"""What a corpus says of force: inside families, do louder takes sound brighter, quicker, longer?

Linear regression with a mean of its own for each family ("fixed effects"): only differences between takes of one family
count. Blows of the train split are used, in families whose takes are 3 dB apart or more.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from hobnail.audio import RATE_HZ
from hobnail_trainer.corpus.model import Clip
from hobnail_trainer.corpus.pack import Pack
from hobnail_trainer.corpus.sound import Samples
from hobnail_trainer.pairs.model import suits

LEAST_SPREAD_DB: Final = 3.0
_MILLISECOND: Final = RATE_HZ // 1000


class Fit(msgspec.Struct, frozen=True, kw_only=True):
    """One relation."""

    measure: str
    category: str  #: "all" for all blows
    per_db: float  #: octaves (factors of 2) per dB of loudness
    error: float  #: standard error
    r2: float  #: share of the differences inside families that level explains
    takes: int
    families: int


def fit_force(pack: Pack) -> list[Fit]:
    """Brightness, attack and decay against level, over all blows and by category."""
    families: dict[str, list[Clip]] = defaultdict(list)
    for clip in pack.manifest.clips:
        if clip.split == "train" and suits(clip, "intensity"):
            families[clip.family].append(clip)
    groups: dict[str, list[NDArray[np.float64]]] = defaultdict(list)
    for members in families.values():
        levels = [clip.attributes.loudness_lufs for clip in members]
        if max(levels) - min(levels) >= LEAST_SPREAD_DB:
            rows = np.array([_row(clip, pack.samples(clip)) for clip in members])
            for category in ("all", members[0].category):
                groups[category].append(rows - rows.mean(axis=0))
    return [
        _fit(measure, category, np.concatenate(rows)[:, 0], np.concatenate(rows)[:, column], len(rows))
        for category, rows in sorted(groups.items())
        for column, measure in enumerate(("centroid", "attack", "decay"), start=1)
        if sum(map(len, rows)) > len(rows) + 1
    ]


def _row(clip: Clip, samples: Samples) -> list[float]:
    """Loudness in dB; centroid, attack and decay in octaves."""
    found = clip.attributes
    lengths = (found.centroid_hz, max(found.attack_ms, 0.5), decay_ms(samples))
    return [found.loudness_lufs, *(float(np.log2(max(length, 0.5))) for length in lengths)]


def decay_ms(samples: Samples) -> float:
    """From the envelope's peak to where it first is 20 dB below."""
    envelope = np.maximum.reduceat(np.abs(samples), np.arange(0, samples.size, _MILLISECOND))
    smooth = np.convolve(envelope, np.ones(5) / 5.0, mode="same") if envelope.size >= 5 else envelope
    top = int(smooth.argmax())
    below = np.flatnonzero(smooth[top:] < 0.1 * smooth[top])
    return float(below[0]) if below.size else float(smooth.size - top)


def _fit(measure: str, category: str, level: NDArray[np.float64], other: NDArray[np.float64], families: int) -> Fit:
    squares = max(float((level * level).sum()), 1e-12)
    slope = float((level * other).sum()) / squares
    rest = float(np.square(other - slope * level).sum())
    total = max(float(np.square(other).sum()), 1e-12)
    return Fit(
        measure=measure,
        category=category,
        per_db=round(slope, 4),
        error=round(float(np.sqrt(rest / (level.size - families - 1) / squares)), 4),
        r2=round(1.0 - rest / total, 4),
        takes=level.size,
        families=families,
    )
