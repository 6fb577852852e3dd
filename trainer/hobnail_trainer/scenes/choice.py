"""Which recordings may sound for an event: by kind, by material, by force; never the same take twice in a row.

What is wanted is looked for rung by rung; a rung counts when it has two clips, so that takes can alternate:

1. the event's categories, and both materials of the contact
2. the event's categories, and the material that matters most (the ground of a step, the thing of a blow)
3. the event's categories, and a neighbour of that material (:data:`~hobnail_trainer.scenes.materials.NEIGHBOURS`),
   or else the other material
4. the event's categories, whatever the material
5. related categories, with the material if there are such clips

Sustained events ask first, on rungs 1 to 3 (rain: to 4), for clips with the event's word ("scrape", "rain") in their
caption; only then for grains of blows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from hobnail.audio import RATE_HZ
from hobnail_trainer.corpus.model import Category, Clip, Split
from hobnail_trainer.errors import SceneError
from hobnail_trainer.scenes.materials import NEIGHBOURS
from hobnail_trainer.scenes.source import ClipSource

LONGEST_TAKE_S = 4.0
FORCE_SPREAD = 0.25
"""How sharply a take's loudness rank follows the force, in ranks of 0..1."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an event asks for."""

    categories: tuple[Category, ...]
    related: tuple[Category, ...]
    thing_first: bool  #: the thing's material matters more than the ground's
    words: tuple[str, ...] = ()  #: in the caption, for sustained sounds
    any_material: bool = False  #: a clip with the word is better than one of the material


WANTED: Final[dict[str, Wanted]] = {
    "footstep": Wanted(("footstep",), ("impact",), False),
    "impact": Wanted(("impact",), ("footstep", "weapon", "door"), True),
    "door_open": Wanted(("door",), ("impact",), False),
    "door_close": Wanted(("door",), ("impact",), False),
    "splash": Wanted(("water",), ("footstep", "impact"), False),
    "scrape": Wanted(("impact", "footstep"), ("door", "machine"), False, ("scrap", "drag", "slid", "rub")),
    "roll": Wanted(("impact", "footstep"), ("vehicle", "machine"), False, ("roll",)),
    "rain": Wanted(("water", "ambience"), ("footstep", "impact"), False, ("rain",), True),
}
"""Event -> what may sound for it."""

GRAINY: Final[tuple[Category, ...]] = ("impact", "footstep", "water", "door", "machine", "vehicle", "weapon")
"""Of which grains are taken when no caption has the word."""

DIRECTED_WORDS: Final[dict[str, str]] = {"door_open": "open", "door_close": "clos"}
"""Doors ask for clips that say which way they go, when there are any."""


@dataclass(slots=True)
class Shelf:
    """The clips of one split, and which was taken last for what. One per scene: choices follow from its seed alone."""

    source: ClipSource
    split: Split
    _clips: tuple[Clip, ...] = ()
    _pools: dict[tuple[str, str | None, str | None], tuple[int, tuple[Clip, ...]]] = field(default_factory=dict)
    _last: dict[tuple[str, str | None, str | None], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._clips = tuple(self.source.clips(self.split))
        if len(self._clips) < 2:
            raise SceneError(
                f"split {self.split!r} has {len(self._clips)} recordings, expected at least 2.",
                cure="Build a larger corpus, or choose another split.",
            )
        if wrong := [clip.id for clip in self._clips if clip.split != self.split]:
            raise SceneError(f"clip {wrong[0]!r} is not in split {self.split!r}.", cure="Repair the clip source.")

    def fresh(self) -> Shelf:
        """The same shelf with no memory of what was taken."""
        shelf = Shelf.__new__(Shelf)
        shelf.source, shelf.split, shelf._clips, shelf._pools, shelf._last = (
            self.source,
            self.split,
            self._clips,
            self._pools,
            {},
        )
        return shelf

    def pool(self, name: str, material: str | None, other: str | None) -> tuple[int, tuple[Clip, ...]]:
        """Rung and clips for an event on a material by another; clips from soft to loud. Raises SceneError."""
        key = (name, material, other)
        if key not in self._pools:
            rung, clips = self._search(name, material, other)
            self._pools[key] = rung, tuple(sorted(clips, key=lambda clip: (clip.attributes.loudness_lufs, clip.id)))
        return self._pools[key]

    def take(
        self, name: str, material: str | None, other: str | None, force: float, chance: np.random.Generator
    ) -> tuple[int, Clip]:
        """A clip for a blow of ``force`` 0..1, near that rank of loudness in its pool, and not the one before."""
        rung, clips = self.pool(name, material, other)
        ranks = np.linspace(0.0, 1.0, len(clips))
        weights = np.exp(-(((ranks - force) / FORCE_SPREAD) ** 2)) + 1e-6
        last = self._last.get((name, material, other))
        weights[[clip.id == last for clip in clips]] = 0.0
        clip = clips[int(chance.choice(len(clips), p=weights / weights.sum()))]
        self._last[name, material, other] = clip.id
        return rung, clip

    def _search(self, name: str, material: str | None, other: str | None) -> tuple[int, Sequence[Clip]]:
        wanted = WANTED[name]
        main, second = (other, material) if wanted.thing_first and other else (material, other)
        near = [neighbour for material_, others in NEIGHBOURS.items() if material_ == main for neighbour in others]
        rungs: list[tuple[int, tuple[Category, ...], Callable[[Clip], bool]]] = [
            (1, wanted.categories, lambda clip: main in clip.materials and second in clip.materials),
            (2, wanted.categories, lambda clip: main in clip.materials),
            *((3, wanted.categories, lambda clip, m=m: m in clip.materials) for m in near),
            (3, wanted.categories, lambda clip: second in clip.materials),
            (4, wanted.categories, lambda clip: True),
            (5, wanted.related, lambda clip: main in clip.materials),
            (5, wanted.related, lambda clip: True),
        ]
        named = 0 if not wanted.words else 4 if wanted.any_material else 3
        for words, last in ((wanted.words, named), ((), 5)):
            for rung, categories, fits in rungs[
                : 1 + max((n for n, one in enumerate(rungs) if one[0] <= last), default=-1)
            ]:
                found = [
                    clip
                    for clip in self._clips
                    if clip.category in categories and fits(clip) and _usable(name, clip, words)
                ]
                if len(found) >= 2:
                    return rung, found
        raise SceneError(
            f"split {self.split!r} has no two recordings for {name!r} on {material}: neither of "
            f"{', '.join(wanted.categories)} nor of {', '.join(wanted.related)}.",
            cure="Add such recordings to the corpus, or leave this situation out.",
        )


def _usable(name: str, clip: Clip, words: tuple[str, ...]) -> bool:
    """Whether a clip can serve an event at all; with ``words``, whether its caption has one of them."""
    caption = clip.captions.exact.lower()
    if words:
        return re.search(rf"\b(?:{'|'.join(words)})", caption) is not None  # "rain", never "train"
    if WANTED[name].words:
        return clip.category in GRAINY  # cut into grains, a blow of the right material can stand in
    opposite = {"open": "clos", "clos": "open"}.get(DIRECTED_WORDS.get(name, ""), "")
    return clip.frames <= LONGEST_TAKE_S * RATE_HZ and not (opposite and opposite in caption)
