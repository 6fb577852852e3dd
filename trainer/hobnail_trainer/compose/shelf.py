"""The recordings of one split, sorted by what they are good for; what was used least comes first."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np

from hobnail_trainer.compose.model import ComposeSettings
from hobnail_trainer.compose.roles import Role, role_of
from hobnail_trainer.corpus.licences import licence_family
from hobnail_trainer.corpus.model import Clip

_WITH_ALL: Final = frozenset({"public-domain", "permissive"})


class Shelf:
    """Recordings of one split and how often each was taken. [one thread]"""

    def __init__(self, clips: Sequence[Clip], steady: Mapping[str, bool], settings: ComposeSettings) -> None:
        """``steady``: id -> whether it sounds evenly, see :func:`hobnail_trainer.compose.roles.is_steady`."""
        self.clips = [clip for clip in clips if clip.origin == "recorded"]
        self.uses: Counter[str] = Counter()
        self._roles = {clip.id: role_of(clip, steady=steady.get(clip.id, False)) for clip in self.clips}
        self._cells: dict[str, dict[str, list[Clip]]] = defaultdict(lambda: defaultdict(list))
        self._takes: dict[str, list[Clip]] = defaultdict(list)
        self._by_role: dict[Role, list[Clip]] = defaultdict(list)
        for clip in self.clips:
            self._cells[clip.category][_material(clip)].append(clip)
            self._takes[clip.captions.exact].append(clip)
            self._by_role[self._roles[clip.id]].append(clip)
        self._gpl = np.mean([licence_family(clip.licence) == "gpl" for clip in self.clips]) if self.clips else 0.0
        self._settings = settings

    def role(self, clip: Clip) -> Role:
        """What a recording of this shelf is good for."""
        return self._roles[clip.id]

    def lead(self, chance: np.random.Generator) -> Clip:
        """The recording that a sequence is made around: a category by chance, a material of it, then the least used."""
        favour: dict[str, float] = dict(self._settings.favour.items())
        power = self._settings.flatten
        counts = {category: sum(map(len, cells.values())) for category, cells in self._cells.items()}
        category = _drawn(chance, {name: count**power * favour.get(name, 1.0) for name, count in counts.items()})
        cells = self._cells[category]
        material = _drawn(chance, {name: len(clips) ** power for name, clips in cells.items()})
        return self.least_used(chance, cells[material])

    def beside(self, lead: Clip, chance: np.random.Generator) -> Beside:
        """What may stand in one work with the lead; beside a lead that goes with either copyleft, one by chance."""
        family = licence_family(lead.licence)
        gpl = family == "gpl" or (family in _WITH_ALL and bool(chance.random() < self._gpl))
        return Beside(self, gpl=gpl)

    def of_caption(self, caption: str) -> list[Clip]:
        """Recordings of the same thing."""
        return self._takes[caption]

    def of_role(self, role: Role) -> list[Clip]:
        """Recordings that are good for something."""
        return self._by_role[role]

    def least_used(self, chance: np.random.Generator, clips: Sequence[Clip]) -> Clip:
        """One of them by chance, and the less it was used the likelier."""
        weights = np.array([(1.0 + self.uses[clip.id]) ** -2.0 for clip in clips])
        return clips[int(chance.choice(len(clips), p=weights / weights.sum()))]

    def take(self, clips: Sequence[Clip]) -> None:
        """Count recordings as used once more."""
        self.uses.update({clip.id for clip in clips})


class Beside:
    """What of a shelf may stand in one work: sounds under the GPL do not mix with Creative Commons' BY and BY-SA."""

    def __init__(self, shelf: Shelf, *, gpl: bool) -> None:
        self._shelf = shelf
        self._families = {*_WITH_ALL, *(("gpl",) if gpl else ("cc-by", "cc-by-sa", "other"))}

    def role(self, clip: Clip) -> Role:
        """What a recording is good for."""
        return self._shelf.role(clip)

    def takes(self, lead: Clip) -> list[Clip]:
        """Recordings of the same thing: the lead, then those of its family, then others."""
        others = [
            clip
            for clip in self._shelf.of_caption(lead.captions.exact)
            if clip.id != lead.id and self._fits(clip) and self.role(clip) == self.role(lead)
        ]
        return [
            lead,
            *sorted(others, key=lambda clip: (clip.family != lead.family, self._shelf.uses[clip.id], clip.id)),
        ]

    def partner(
        self, chance: np.random.Generator, role: Role, lead: Clip, fits: Callable[[Clip], bool] = lambda _: True
    ) -> Clip | None:
        """Another recording that is good for something; None when there is none."""
        those = [
            clip
            for clip in self._shelf.of_role(role)
            if clip.captions.exact != lead.captions.exact and self._fits(clip) and fits(clip)
        ]
        return self._shelf.least_used(chance, those) if those else None

    def _fits(self, clip: Clip) -> bool:
        return licence_family(clip.licence) in self._families


def _material(clip: Clip) -> str:
    return clip.materials[0] if clip.materials else ""


def _drawn(chance: np.random.Generator, weights: Mapping[str, float]) -> str:
    names = sorted(weights)
    each = np.array([weights[name] for name in names])
    return names[int(chance.choice(len(names), p=each / each.sum()))]
