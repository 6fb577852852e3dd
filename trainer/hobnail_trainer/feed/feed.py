"""An endless stream of batches of a feed: random, weighted, resumable.

Batch ``n`` depends on the seed, ``n``, the settings and the feed, and on nothing that was read before. So the state is
a number, and a run that stopped goes on with exactly the batches it would have had; on another feed it refuses.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final

import msgspec
import numpy as np

from hobnail_trainer.errors import FeedError
from hobnail_trainer.feed.batch import FeedBatch
from hobnail_trainer.feed.choice import calm
from hobnail_trainer.feed.draw import Drawer
from hobnail_trainer.feed.settings import BLOCKS, FeedSettings, blocks_of, check_settings
from hobnail_trainer.feed.store import FeedStore

_LATER: Final = ("before_event",)
"""Settings that came later: at 0 they do not count, so that runs of before them go on."""


class FeedState(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a feed stands: all that is needed to go on byte for byte."""

    seed: int
    batches: int  #: that were drawn
    reads: str  #: digest of the feed's parts, its texts and the settings


class Feed:
    """Iterates over batches without end. [one thread]"""

    def __init__(
        self, store: FeedStore, settings: FeedSettings | None = None, *, seed: int, state: FeedState | None = None
    ) -> None:
        """``state``: go on where another feed of the same things stood. Raises FeedError."""
        self.settings = settings or FeedSettings()
        self.store = store
        check_settings(self.settings)
        self._drawer = Drawer(store, self.settings)
        start = FeedState(seed=seed, batches=0, reads=_digest(store, self.settings, self._drawer))
        self._state = start if state is None else _continued(state, start)
        self._sizes = sorted(size for size, odds in self.settings.odds.items() if odds > 0.0)
        self._odds = np.cumsum([self.settings.odds[size] for size in self._sizes])

    def __iter__(self) -> Iterator[FeedBatch]:
        return self

    def __next__(self) -> FeedBatch:
        chance = np.random.default_rng([self._state.seed, self._state.batches])
        drawn = int(np.searchsorted(self._odds, chance.random() * self._odds[-1], side="right"))
        hops = self._sizes[min(drawn, len(self._sizes) - 1)]
        batch = self._drawer.batch(hops, chance.random(blocks_of(self.settings, hops)), chance)
        self._state = msgspec.structs.replace(self._state, batches=self._state.batches + 1)
        return batch

    def state(self) -> FeedState:
        """Where it stands; hand it to a new feed to go on from here."""
        return self._state


def validation_blocks(
    store: FeedStore, n: int, seed: int, settings: FeedSettings | None = None
) -> tuple[FeedBatch, ...]:
    """``n`` batches that never change, for held-out loss: sizes 64, 32, 16, 8, 4, 2 in turn, nothing left out or noisy.

    Stratified: each batch takes its sounds at equal steps of the mixture, which stands in the order of parts and
    categories, so that none comes short by chance. Raises FeedError.
    """
    settings = settings or FeedSettings()
    check_settings(settings)
    drawer = Drawer(store, calm(settings))
    batches = []
    for number in range(n):
        hops = sorted(BLOCKS, reverse=True)[number % len(BLOCKS)]
        chance = np.random.default_rng([seed, number, 1])
        count = blocks_of(settings, hops)
        batches.append(drawer.batch(hops, (np.arange(count) + chance.random(count)) / count, chance))
    return tuple(batches)


def _digest(store: FeedStore, settings: FeedSettings, drawer: Drawer) -> str:
    said = {name: value for name, value in msgspec.to_builtins(settings).items() if value or name not in _LATER}
    what = msgspec.json.encode((store.digest(drawer.parts), said))
    return hashlib.sha256(what).hexdigest()[:32]


def _continued(state: FeedState, start: FeedState) -> FeedState:
    if (state.reads, state.seed) != (start.reads, start.seed):
        raise FeedError(
            "the state belongs to another feed, or to another split, mixture or seed: the corpus, the codec or the "
            "settings changed since the run began.",
            cure="Prepare the feed that the run began with, or start anew without a state.",
        )
    return state
