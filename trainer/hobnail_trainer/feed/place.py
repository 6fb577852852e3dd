"""Where in a sound a block begins, and since when its voice sounds."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from hobnail.audio import RATE_HZ
from hobnail_trainer.feed.model import Entry
from hobnail_trainer.feed.settings import BLOCKS, FeedSettings

YOUNGEST: Final = 4  #: hops of history of a voice that is not at its beginning, at least
LARGEST: Final = max(BLOCKS)


class Place(NamedTuple):
    """Hops of a sound."""

    first: int  #: of the block; below 0 where the voice waits for the sound
    begun: int  #: where the voice began; history reaches back to here

    @property
    def age(self) -> int:
        """Hops since the voice began."""
        return self.first - self.begun


def waited(place: Place, entry: Entry, settings: FeedSettings, chance: np.random.Generator) -> Place:
    """The place, or one some hops before it: only who is told of contacts can know how long nothing is to be heard.

    Voices alone that begin before anything was heard wait; what goes before a later start is another contact's tail.
    """
    heard = entry.onsets[0] if entry.onsets else 0
    if place.age or place.first > heard or not settings.waiting or chance.random() >= settings.waiting:
        return place
    first = place.first - int(chance.integers(1, settings.waits + 1))
    return Place(first, first)


def goes_on(entry: Entry, settings: FeedSettings) -> bool:
    """Whether what follows the sound's end is unknown. A one-shot that ends abruptly is over all the same."""
    return entry.cut and (entry.pixels >= 0 or entry.frames > settings.one_shot_s * RATE_HZ)


def draw_place(entry: Entry, hops: int, settings: FeedSettings, chance: np.random.Generator) -> Place:
    """A place for a block of so many hops.

    One-shots: at the beginning without history, or anywhere up to ``after`` hops behind the end, with all of it.
    Longer sounds: at the beginning; at a start after quiet, as a new voice; else anywhere, with a voice that began with
    the sound or not long ago. Sounds that go on after their end give no block that reaches over it, where they are long
    enough for it.
    """
    last = max(0, entry.hops - hops) if goes_on(entry, settings) else entry.hops + settings.after - 1
    if entry.pixels >= 0:
        return _in_scene(entry, last, settings, chance)
    if entry.frames <= settings.one_shot_s * RATE_HZ:
        share = settings.at_beginning if hops == LARGEST else settings.small_at_beginning
        return Place(0, 0) if chance.random() < share else Place(int(chance.integers(0, last + 1)), 0)
    place = chance.random()
    if place < settings.long_at_beginning:
        return Place(0, 0)
    starts = _upto(entry.starts, last)
    if starts and place < settings.long_at_beginning + settings.at_start:
        first = starts[int(chance.integers(len(starts)))]
        return Place(first, first)
    return _anywhere(last, settings, chance)


def _in_scene(entry: Entry, last: int, settings: FeedSettings, chance: np.random.Generator) -> Place:
    onsets = _upto(entry.onsets, last)
    if onsets and chance.random() < settings.at_event:
        first = onsets[int(chance.integers(len(onsets)))]
        if settings.before_event:
            first = max(0, first - int(chance.integers(0, settings.before_event + 1)))
        return Place(first, first if first in entry.starts else 0)
    return _anywhere(last, settings, chance)


def _anywhere(last: int, settings: FeedSettings, chance: np.random.Generator) -> Place:
    first = int(chance.integers(0, last + 1))
    if first > YOUNGEST and chance.random() < settings.young:
        return Place(first, max(0, first - int(chance.integers(YOUNGEST, settings.history))))
    return Place(first, 0)


def _upto(hops: tuple[int, ...], last: int) -> list[int]:
    return [hop for hop in hops if hop <= last]
