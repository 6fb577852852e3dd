"""Cross-talk: how far each axis moves what it should move, and how little the rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

import msgspec
import numpy as np

from hobnail_trainer.corpus.model import Clip
from hobnail_trainer.corpus.pitch import LOWEST_HZ
from hobnail_trainer.pairs.model import SPAN, Axis

CLEAR_HNR_DB: Final = 10.0
CLEAR_BELOW_HZ: Final = 2000.0
"""Where the measure of pitch can be trusted: of blows it is a guess, and near its upper bound it is crowded."""

_TRUE: Final[dict[Axis, str]] = {"pitch": "pitch_semitones", "intensity": "intensity", "texture": "texture"}


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """One measure of one axis in one category."""

    axis: str  #: pitch is told apart by "pitch, size" (resampled) and "pitch" (length kept)
    category: str  #: "all" for all
    measure: str
    n: int
    per_span: float  #: slope: change of the measure over one whole span (12 semitones, or 1)
    agreement: float  #: correlation of the measure's change with the true value
    scatter: float  #: median absolute difference from the slope's line
    still: float  #: median absolute change


def cross_talk(clips: Iterable[Clip], sources: Iterable[Clip]) -> list[Moved]:
    """Every measure against every axis, over all clips and by category."""
    known = {clip.id: clip for clip in sources}
    points: dict[tuple[str, str, str], list[tuple[float, float]]] = defaultdict(list)
    for clip in clips:
        axis: Axis = next(axis for axis, key in _TRUE.items() if key in clip.changes)
        name = "pitch, size" if "size_ratio" in clip.changes else axis
        share = clip.changes[_TRUE[axis]] / SPAN[axis]
        for measure, change in differences(known[clip.sources[0].clip], clip).items():
            for category in ("all", clip.category):
                points[name, category, measure].append((share, change))
    return [_moved(key, np.array(found)) for key, found in sorted(points.items()) if len(found) >= 8]


def differences(source: Clip, clip: Clip) -> dict[str, float]:
    """What the measures changed by: loudness without the limiting gain, pitch only where it can be heard well."""
    before, after = source.attributes, clip.attributes
    found = {
        "loudness_db": after.loudness_lufs - clip.changes["gain_db"] - before.loudness_lufs,
        "centroid_octaves": float(np.log2(max(after.centroid_hz, 1.0) / max(before.centroid_hz, 1.0))),
        "hnr_db": after.hnr_db - before.hnr_db,
    }
    expected_hz = (before.f0_hz or 0.0) * 2.0 ** (clip.changes.get("pitch_semitones", 0.0) / 12.0)
    heard = min(before.hnr_db, after.hnr_db) >= CLEAR_HNR_DB and LOWEST_HZ < expected_hz < CLEAR_BELOW_HZ
    if heard and before.f0_hz and before.f0_hz < CLEAR_BELOW_HZ and after.f0_hz:
        found["f0_semitones"] = 12.0 * float(np.log2(after.f0_hz / before.f0_hz))
    return found


def _moved(key: tuple[str, str, str], points: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> Moved:
    share, change = points[:, 0], points[:, 1]
    slope = float((share * change).sum() / max(float((share * share).sum()), 1e-12))
    spread = float(share.std() * change.std())
    agreement = float(np.mean((share - share.mean()) * (change - change.mean())) / spread) if spread > 1e-12 else 0.0
    return Moved(
        axis=key[0],
        category=key[1],
        measure=key[2],
        n=len(points),
        per_span=round(slope, 3),
        agreement=round(agreement, 3),
        scatter=round(float(np.median(np.abs(change - slope * share))), 3),
        still=round(float(np.median(np.abs(change))), 3),
    )
