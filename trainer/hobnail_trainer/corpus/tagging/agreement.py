"""How captions and tagger agree. Pure.

A clip *agrees* when one of the :data:`TOP_K` likeliest classes is in its category's set (:mod:`.classes`) with at
least :data:`FLOOR`. It *contradicts* when it does not agree and the likeliest class is sure (:data:`SURE`) and says
something else. The rest is *unsure*: short hits sound like many things. Neither tagger nor caption is the truth;
``by_chance`` says how many would agree if captions were dealt out anew at random.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from hobnail_trainer.corpus.model import CATEGORIES, Category, Clip
from hobnail_trainer.corpus.tagging.classes import CATEGORY_CLASSES, MATERIAL_CLASSES, NEUTRAL
from hobnail_trainer.corpus.tagging.model import Heard, Tags

TOP_K: Final = 3
FLOOR: Final = 0.05
SURE: Final = 0.5


class Agreed(NamedTuple):
    """Counts of one category or material."""

    clips: int
    first: int  #: the likeliest class agrees
    top: int  #: one of the first three agrees
    contradicted: int


class Contradiction(NamedTuple):
    """A clip that the tagger is sure is something else."""

    clip: Clip
    heard: tuple[Heard, ...]


class Agreement(NamedTuple):
    """Captions against a tagger."""

    tagger: str
    whole: Agreed
    by_chance: float  #: fraction that would agree with captions dealt out at random, 0..1
    by_category: dict[str, Agreed]
    by_material: dict[str, Agreed]  #: only materials that AudioSet has classes for
    contradictions: tuple[Contradiction, ...]  #: the surest first


def agreement(clips: Iterable[Clip], tags: Tags, *, seed: int = 1) -> Agreement:
    """Compare the clips that were tagged."""
    heard = {each.clip: each.heard for each in tags.clips}
    known = [clip for clip in clips if clip.id in heard]
    dealt = [clip.category for clip in known]
    random.Random(seed).shuffle(dealt)
    chance = sum(agrees(category, heard[clip.id]) for clip, category in zip(known, dealt, strict=True))
    against = [Contradiction(clip, heard[clip.id]) for clip in known if contradicts(clip.category, heard[clip.id])]
    by_category = {name: _count([c for c in known if c.category == name], heard) for name in CATEGORIES}
    return Agreement(
        tagger=tags.tagger,
        whole=_count(known, heard),
        by_chance=chance / max(1, len(known)),
        by_category={name: count for name, count in by_category.items() if count.clips},
        by_material=_materials(known, heard),
        contradictions=tuple(sorted(against, key=lambda each: (-each.heard[0].probability, each.clip.id))),
    )


def agrees(category: Category, heard: Sequence[Heard], top: int = TOP_K) -> bool:
    """Whether one of the first ``top`` classes is one of the category's."""
    return _among(CATEGORY_CLASSES[category], heard[:top])


def contradicts(category: Category, heard: Sequence[Heard]) -> bool:
    """Whether the tagger is sure of something else."""
    first = heard[0] if heard else None
    return first is not None and first.probability >= SURE and first.name not in NEUTRAL and not agrees(category, heard)


def _among(classes: frozenset[str], heard: Iterable[Heard]) -> bool:
    return any(each.name in classes and each.probability >= FLOOR for each in heard)


def _count(clips: Sequence[Clip], heard: dict[str, tuple[Heard, ...]]) -> Agreed:
    return Agreed(
        clips=len(clips),
        first=sum(agrees(clip.category, heard[clip.id], 1) for clip in clips),
        top=sum(agrees(clip.category, heard[clip.id]) for clip in clips),
        contradicted=sum(contradicts(clip.category, heard[clip.id]) for clip in clips),
    )


def _materials(clips: Sequence[Clip], heard: dict[str, tuple[Heard, ...]]) -> dict[str, Agreed]:
    counts = {}
    for material, classes in MATERIAL_CLASSES.items():
        those = [heard[clip.id] for clip in clips if material in clip.materials]
        if those:
            first, top = (sum(_among(classes, each[:count]) for each in those) for count in (1, TOP_K))
            counts[str(material)] = Agreed(len(those), first, top, 0)
    return counts
