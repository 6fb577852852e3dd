"""Batches of pairs, for adapters: the changed sound is the target, the change the control, the past is the source's.

If a changed sound had its own past as history, that past would tell how it was changed, and nothing would be left for
an adapter to learn. In a session the past of a moved control is the sound before it was moved: the source's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np
import torch

from hobnail_trainer.errors import TrainerError
from hobnail_trainer.feed.batch import FeedBatch
from hobnail_trainer.feed.feed import Feed, validation_blocks
from hobnail_trainer.feed.model import Entry, Part
from hobnail_trainer.feed.settings import FeedSettings
from hobnail_trainer.feed.store import FeedStore, OpenPart
from hobnail_trainer.model.blocks import Blocks, Units, blocks_from
from hobnail_trainer.model.preset import Preset
from hobnail_trainer.model.velocity import Draw, draw, seed_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

Past = Literal["source", "none"]

_FROM: tuple[Part, ...] = ("recorded", "notes")
"""Parts that pairs are made from."""


class PairSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which blocks of pairs are learned from."""

    past: Past = "source"  #: history of a block that is not at its beginning; "none": there is none
    at_beginning: float = 0.7  #: of one-shots' blocks: at the first hop, without history
    text_null: float = 0.05
    tokens: int | None = None  #: hops of a batch, about; None: as the network's own


@dataclass(frozen=True, slots=True)
class PairBatch:
    """Changed sounds, by how much they were changed, and the chance they are learned with."""

    blocks: Blocks
    drawn: Draw


class Sources:
    """What the sounds of a feed's pairs were made from. [one thread]"""

    def __init__(self, store: FeedStore, past: Past = "source") -> None:
        """Raises TrainerError for a feed without pairs."""
        self._past = past
        if "pairs" not in store.parts:
            raise TrainerError(
                f"{store.folder}: has no pairs in its {store.split} split.",
                cure="hobnail-train corpus pairs CORPUS; then hobnail-train feed prepare CORPUS --to FEED.",
            )
        self._of = {entry.id: entry.source for entry in store.parts["pairs"].index.entries}
        self._known: dict[str, tuple[OpenPart, Entry]] = {
            entry.id: (part, entry)
            for name in _FROM
            if (part := store.parts.get(name)) is not None
            for entry in part.index.entries
        }

    def before(self, batch: FeedBatch) -> FeedBatch:
        """The batch with its sources' past, or with none: where a source is not in the feed or is over by then too."""
        history, mask = np.zeros_like(batch.history), batch.history_mask.copy()
        for row, clip in enumerate(batch.clips):
            count = int(mask[row].sum())
            found = self._rows(clip, int(batch.first[row]) - count, count)
            if found is None:
                mask[row] = False
            elif count:
                history[row, -count:] = found
        return replace(batch, history=history, history_mask=mask, context_noise=np.zeros_like(batch.context_noise))

    def _rows(self, clip: str, first: int, count: int) -> NDArray[np.float32] | None:
        part, entry = self._known.get(self._of[clip], (None, None))
        if self._past == "none" or part is None or entry is None or first + count > entry.hops:
            return None
        return part.latents[entry.first + first : entry.first + first + count].astype(np.float32)


def pair_batches(
    store: FeedStore, preset: Preset, units: Units, settings: PairSettings, seed: int
) -> Iterator[PairBatch]:
    """Without end. Raises TrainerError, FeedError."""
    sources = Sources(store, settings.past)
    for number, batch in enumerate(Feed(store, _drawing(preset.feed, settings), seed=seed)):
        yield _prepared(sources.before(batch), preset, units, seed_of(seed, number, 0))


def held_out_pairs(store: FeedStore, preset: Preset, units: Units, settings: PairSettings) -> list[PairBatch]:
    """Batches that never change, to judge by. Raises TrainerError, FeedError."""
    sources, drawing = Sources(store, settings.past), _drawing(preset.feed, settings)
    batches = validation_blocks(store, preset.judge_batches, 1, drawing)
    return [
        _prepared(sources.before(each), preset, units, seed_of(0, number, 0)) for number, each in enumerate(batches)
    ]


def _prepared(batch: FeedBatch, preset: Preset, units: Units, seed: int) -> PairBatch:
    blocks = blocks_from(batch, units)
    return PairBatch(blocks, draw(blocks.latents.shape, preset.loss, torch.Generator().manual_seed(seed)))


def _drawing(base: FeedSettings, settings: PairSettings) -> FeedSettings:
    return msgspec.structs.replace(
        base,
        pairs_only=True,
        tokens=settings.tokens or base.tokens,
        text_null=settings.text_null,
        at_beginning=settings.at_beginning,
        small_at_beginning=settings.at_beginning,
        history_null=0.0,
        context_noise=0.0,
    )
