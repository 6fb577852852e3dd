"""Held-out blocks around contacts, judged where sight decides what is to be heard: from shortly before a contact on.

A block begins 4 to 12 hops before the contact, so neither words nor history tell when it comes; sight does, through
attention, which is what weighting weighs: contacts are not told to hops directly (``cue_hops`` is 0). The same blocks,
noise and flow times for every network and condition.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Final, Literal, cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from hobnail_trainer.errors import FeedError
from hobnail_trainer.feed.batch import TOLD, Bools, FeedBatch
from hobnail_trainer.feed.blur import Sight, SightScale, blurred
from hobnail_trainer.feed.choice import calm
from hobnail_trainer.feed.draw import Drawer
from hobnail_trainer.feed.settings import FeedSettings
from hobnail_trainer.feed.store import FeedStore, columns_of

DRAWN: Final = 240
HOPS: Final = 16
EARLIEST: Final = 4  #: hop of a block in which a judged contact may fall
LATEST: Final = 13
BEFORE: Final = 3  #: hops before a contact that are judged: too early is wrong, too
AFTER: Final = 4
VALUES: Final = 12  #: of a row; their flags follow

What = Literal["own", "noise", "frames", "hidden", "another", "none"]


@dataclass(frozen=True, slots=True)
class View:
    """What a network is shown and told of the same sounds."""

    name: str
    what: What = "own"
    level: float = 0.0  #: of noise, or of hops that show another hop's, 0..1
    vague: bool = False  #: the words are "sound"
    words: Literal["own", "another"] = "own"
    past: Literal["own", "another"] = "own"


CLEAN: Final = View("clean")


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """Blocks of which each has a contact inside."""

    batch: FeedBatch
    judged: Bools  #: [blocks, hops]
    scenes: tuple[str, ...]  #: of each block: what belongs together is drawn together
    vague: tuple[NDArray[np.float16], int]  #: tokens of "sound", and how many there are
    scale: SightScale


def held_contacts(store: FeedStore, settings: FeedSettings, *, drawn: int = DRAWN) -> Held:
    """Blocks with own sight, exact words and all of their past. Raises FeedError for a feed without scenes or words."""
    if "scenes" not in store.parts or store.texts is None:
        raise FeedError(f"{store.folder}: has no scenes, or no words, in {store.split}.", cure="Prepare it with both.")
    only = msgspec.structs.replace(
        calm(settings),
        parts={"scenes": 1.0},
        rows_alone=settings.rows_alone,
        live=0.0,
        film=1.0,
        at_event=1.0,
        before_event=LATEST,
        young=0.0,
    )
    chance = np.random.default_rng(7)
    batch = Drawer(store, only).batch(HOPS, (np.arange(drawn) + chance.random(drawn)) / drawn, chance)
    index = store.parts["scenes"].index
    entries = {entry.id: entry for entry in index.entries}
    judged = np.zeros((drawn, HOPS), np.bool_)
    for row, (clip, first) in enumerate(zip(batch.clips, batch.first.tolist(), strict=True)):
        for onset in entries[clip].onsets:
            if EARLIEST <= (at := onset - first) < LATEST:
                judged[row, at - BEFORE : at + AFTER] = True
    kept = np.flatnonzero(judged.any(axis=1) & batch.has_vision)
    text = entries[batch.clips[int(kept[0])]].words.vague
    place = store.texts.places[text]
    assert index.scene is not None  # scenes have both
    assert index.pixels is not None
    scene, pixels = columns_of([index.scene]), columns_of([index.pixels])
    assert scene is not None
    assert pixels is not None
    return Held(
        batch=picked(batch, kept),
        judged=judged[kept],
        scenes=tuple(batch.clips[row].partition("/")[0] for row in kept),
        vague=(store.texts.rows[place], int(store.texts.tokens[place])),
        scale=SightScale(scene, pixels),
    )


def picked(batch: FeedBatch, rows: NDArray[np.intp]) -> FeedBatch:
    """Some blocks of a batch, in that order."""

    def some(value: object) -> object:
        return tuple(value[row] for row in rows) if isinstance(value, tuple) else cast("np.ndarray", value)[rows]

    parts = {field.name: some(getattr(batch, field.name)) for field in fields(FeedBatch)}
    return replace(batch, **parts)  # type: ignore[arg-type]  # each is of its field's own type


def shown(held: Held, view: View) -> FeedBatch:
    """The same sounds, with what ``view`` says of sight, words and past."""
    batch = held.batch
    strangers = stranger_of(held)
    if view.what == "another":
        other = picked(batch, strangers)
        batch = replace(batch, scene=other.scene, pixels=other.pixels, scene_mask=other.scene_mask)
        batch = replace(batch, pixels_mask=other.pixels_mask)
    elif view.what == "none":
        nothing = np.zeros_like(batch.scene_mask)
        batch = replace(batch, scene_mask=nothing, pixels_mask=nothing, has_vision=np.zeros_like(batch.has_vision))
    elif view.what != "own":
        batch = _worse(batch, view, held.scale)
    if view.vague:
        rows, count = held.vague
        text = np.broadcast_to(rows.astype(np.float32), batch.text.shape).copy()
        mask = np.broadcast_to(np.arange(text.shape[1]) < count, batch.text_mask.shape).copy()
        batch = replace(batch, text=text, text_mask=mask, told=np.full_like(batch.told, TOLD.index("vague")))
    if view.words == "another":
        batch = replace(batch, text=batch.text[strangers], text_mask=batch.text_mask[strangers])
    if view.past == "another":
        batch = replace(batch, history=batch.history[strangers], history_mask=batch.history_mask[strangers])
    return batch


def stranger_of(held: Held) -> NDArray[np.intp]:
    """For each block one of another scene, half of all further on."""
    count = len(held.scenes)
    out = []
    for row, scene in enumerate(held.scenes):
        steps = ((row + count // 2 + step) % count for step in range(count))
        out.append(next((other for other in steps if held.scenes[other] != scene), row))
    return np.array(out, np.intp)


def _worse(batch: FeedBatch, view: View, scale: SightScale) -> FeedBatch:
    """Rows and cells made worse hop by hop; hidden: nothing moves and nothing is struck, while it goes on."""
    scene, pixels = batch.scene.copy(), batch.pixels.copy()
    chance = np.random.default_rng([7, round(100 * view.level)])
    for row in range(len(scene)):
        known = batch.scene_mask[row] | batch.pixels_mask[row]
        if view.what == "hidden":
            scene[row, known, :VALUES], pixels[row, known] = 0.0, 0.0
            continue
        sight = Sight(scene[row, known], pixels[row, known].astype(np.float32))
        way: Literal["noise", "frames"] = "noise" if view.what == "noise" else "frames"
        made = blurred(sight, way, view.level, scale, chance)
        scene[row, known], pixels[row, known] = made.scene, made.pixels
    level = 1.0 if view.what == "hidden" else view.level
    return replace(batch, scene=scene, pixels=pixels, vision_noise=np.full_like(batch.vision_noise, level))


def names_of(views: Sequence[View]) -> list[str]:
    """For tables."""
    return [view.name for view in views]
