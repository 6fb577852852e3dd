"""A codec's results by category and material, and the clips that it changed most."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from hobnail_trainer.codec.judging import part_of
from hobnail_trainer.codec.model import Interval, Part, Worst
from hobnail_trainer.codec.report.measure import Measured, Reference
from hobnail_trainer.corpus.model import CATEGORIES, MATERIALS, Clip

WORST: Final = 10
FEWEST: Final = 4  #: clips of a part that is told


def by_category(reference: Reference, measured: Measured) -> list[Part]:
    """Categories of at least four windows."""
    return _parts(reference, measured, CATEGORIES, lambda clip: (clip.category,))


def by_material(reference: Reference, measured: Measured) -> list[Part]:
    """Materials of at least four windows; a clip of two materials counts for both."""
    return _parts(reference, measured, MATERIALS, lambda clip: clip.materials)


def worst_places(reference: Reference, measured: Measured) -> list[int]:
    """Places of the ten windows that moved farthest, the farthest first, no family twice."""
    taken: dict[str, int] = {}
    for place in np.argsort(-measured.moved, kind="stable"):
        taken.setdefault(reference.families[place], int(place))
    return list(taken.values())[:WORST]


def worst_of(reference: Reference, measured: Measured, places: Sequence[int]) -> list[Worst]:
    """What is told of them."""
    found = []
    for place in places:
        clip = reference.listening.windows[place].clip
        found.append(
            Worst(
                clip=clip.id,
                caption=clip.captions.exact,
                category=clip.category,
                moved=float(measured.moved[place]),
                modulation_db=measured.modulation_db[place],
                level_db=measured.level_db[place],
            )
        )
    return found


def _parts(
    reference: Reference, measured: Measured, names: Sequence[str], names_of: Callable[[Clip], Sequence[str]]
) -> list[Part]:
    found = [names_of(heard.clip) for heard in reference.listening.windows]
    places = {name: [place for place, each in enumerate(found) if name in each] for name in names}
    return [_part(reference, measured, name, each) for name, each in places.items() if len(each) >= FEWEST]


def _part(reference: Reference, measured: Measured, name: str, places: list[int]) -> Part:
    families = [reference.families[place] for place in places]
    return Part(
        name=name,
        clips=len(places),
        families=len(set(families)),
        kad={
            judge: part_of(reference.embeddings[judge][places], embedding[places], families)
            for judge, embedding in measured.embeddings.items()
        },
        modulation_db=Interval.median([measured.modulation_db[place] for place in places], families),
        level_error_db=Interval.median([abs(measured.level_db[place]) for place in places], families),
        moved=Interval.median(measured.moved[places].tolist(), families),
    )
