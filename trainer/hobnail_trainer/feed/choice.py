"""Which parts are read, how likely each sound is, and the settings for held-out loss."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from hobnail_trainer.errors import FeedError
from hobnail_trainer.feed.model import PARTS, Part
from hobnail_trainer.feed.parts import ORIGIN
from hobnail_trainer.feed.settings import FeedSettings
from hobnail_trainer.feed.store import FeedStore, OpenPart
from hobnail_trainer.reading.chances import chances
from hobnail_trainer.reading.model import Mixture


def chosen_parts(store: FeedStore, settings: FeedSettings) -> tuple[Part, ...]:
    """Parts that are read, in a fixed order. Raises FeedError when that leaves none."""
    if settings.pairs_only:
        wanted: tuple[Part, ...] = ("pairs",)
    else:
        wanted = tuple(part for part in PARTS if settings.parts.get(part, 0.0) > 0.0)
    chosen = tuple(part for part in wanted if part in store.parts and likely(store.parts[part], part, settings).any())
    if not chosen:
        raise FeedError(
            f"{store.folder}: the {store.split} split has nothing of {', '.join(wanted)} that is left in.",
            cure="Prepare more parts, or give a mixture that leaves something in.",
        )
    return chosen


def likely(part: OpenPart, name: Part, settings: FeedSettings) -> NDArray[np.float64]:
    """Chance of each sound of a part, float64 [entries], summing to the part's share."""
    mixture = Mixture(
        origins={ORIGIN[name]: 1.0},
        categories=settings.categories,
        materials=settings.materials,
        flatten=settings.flatten,
        by_length=settings.by_length,
    )
    share = 1.0 if settings.pairs_only else settings.parts.get(name, 0.0)
    return chances(part.index.entries, mixture) * share


def calm(settings: FeedSettings) -> FeedSettings:
    """The same mixture with nothing left out and nothing made worse: for held-out loss."""
    return msgspec.structs.replace(
        settings,
        text_null=0.0 if settings.text_null < 1.0 else 1.0,
        vision_null=0.0,
        rows_alone=0.0,
        pixels_alone=0.0,
        history_null=0.0,
        context_noise=0.0,
        degraded=0.0,
        paraphrase=0.0,
        category=0.0,
        vague=0.0,
        exact=1.0,
    )
