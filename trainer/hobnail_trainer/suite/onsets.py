"""Beginnings against events: precision, recall and F1 at several tolerances, signed offset, jitter.

An event and a beginning at most so far apart may be matched, each once (:mod:`hobnail_trainer.evaluate.onsets`). Offset
and jitter are of what is matched within 100 ms: median, and median distance from it. What a detector is late by is
measured on the recordings of the same scenes and taken off by the caller.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Final

import numpy as np

from hobnail_trainer.codec.model import Interval
from hobnail_trainer.evaluate.onsets import Times, matched
from hobnail_trainer.suite.intervals import Places, median_of, resampled
from hobnail_trainer.suite.model import SyncRow

TOLERANCES_MS: Final = (2, 10, 25, 50, 100)
WIDEST: Final = 100.0


def sync_row(
    name: str, of: str, events: Sequence[Times], heard: Sequence[Times], *, groups: Sequence[Hashable] | None = None
) -> SyncRow:
    """``events`` and ``heard``: of each voice, in ms; ``groups``: what is drawn as one."""
    names = list(range(len(events))) if groups is None else list(groups)
    sizes = np.array([(len(a), len(b)) for a, b in zip(events, heard, strict=True)]).reshape(-1, 2)
    precision, recall, f1 = {}, {}, {}
    for tolerance in TOLERANCES_MS:
        hits = np.array([len(matched(a, b, float(tolerance))) for a, b in zip(events, heard, strict=True)])
        precision[str(tolerance)] = _share(names, hits, sizes[:, 1])
        recall[str(tolerance)] = _share(names, hits, sizes[:, 0])
        f1[str(tolerance)] = _share(names, 2 * hits, sizes.sum(axis=1))
    pairs = [
        (b - a, names[place])
        for place, (wanted, found) in enumerate(zip(events, heard, strict=True))
        for a, b in matched(wanted, found, WIDEST)
    ]
    offsets = np.array([offset for offset, _ in pairs])
    return SyncRow(
        name=name,
        of=of,
        voices=len(events),
        events=int(sizes[:, 0].sum()),
        heard=int(sizes[:, 1].sum()),
        precision=precision,
        recall=recall,
        f1=f1,
        offset_ms=median_of(offsets, [group for _, group in pairs]),
        jitter_ms=float(np.median(np.abs(offsets - np.median(offsets)))) if offsets.size else 0.0,
    )


def _share(names: Sequence[Hashable], hits: np.ndarray, of: np.ndarray) -> Interval:
    def share(places: Places) -> float:
        total = int(of[places].sum())
        return float(hits[places].sum() / total) if total else float("nan")

    return resampled(names, share)
