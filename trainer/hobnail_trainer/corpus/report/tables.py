"""Counts of a manifest. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from hobnail.audio import RATE_HZ
from hobnail_trainer.corpus.model import CATEGORIES, MATERIALS, SPLITS, Clip, Manifest


class Count(NamedTuple):
    """Clips and minutes of something."""

    clips: int
    minutes: float
    families: int


class Tables(NamedTuple):
    """Everything that the report counts."""

    whole: Count
    by_category: dict[str, Count]
    by_material: dict[str, Count]
    by_split: dict[str, Count]
    by_licence: dict[str, Count]
    by_package: dict[str, Count]
    by_category_split: dict[tuple[str, str], int]
    by_category_material: dict[tuple[str, str], int]
    footsteps: dict[str, int]  #: material -> footstep clips


def tabulate(manifest: Manifest) -> Tables:
    """Count a manifest. Categories, materials and splits that have nothing are not left out."""
    clips = manifest.clips
    crossed: Counter[tuple[str, str]] = Counter(
        (clip.category, material) for clip in clips for material in clip.materials
    )
    return Tables(
        whole=_count(clips),
        by_category=_grouped(((clip.category, clip) for clip in clips), CATEGORIES),
        by_material=_grouped(((material, clip) for clip in clips for material in clip.materials), MATERIALS),
        by_split={split: _count([clip for clip in clips if clip.split == split]) for split in SPLITS},
        by_licence=_grouped((clip.licence, clip) for clip in clips),
        by_package=_grouped((clip.package, clip) for clip in clips),
        by_category_split=dict(Counter((clip.category, clip.split) for clip in clips)),
        by_category_material=dict(crossed),
        footsteps={material: count for (category, material), count in crossed.most_common() if category == "footstep"},
    )


def _grouped(pairs: Iterable[tuple[str, Clip]], names: Iterable[str] = ()) -> dict[str, Count]:
    """Largest first; ``names`` are there even if nothing has them."""
    groups: dict[str, list[Clip]] = {name: [] for name in names}
    for key, clip in pairs:
        groups.setdefault(key, []).append(clip)
    counts = {key: _count(clips) for key, clips in groups.items()}
    return dict(sorted(counts.items(), key=lambda item: (-item[1].clips, item[0])))


def _count(clips: Iterable[Clip]) -> Count:
    clips = tuple(clips)
    return Count(
        clips=len(clips),
        minutes=sum(clip.frames for clip in clips) / RATE_HZ / 60.0,
        families=len({clip.family for clip in clips}),
    )
