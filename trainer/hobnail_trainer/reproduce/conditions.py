"""Held-out blocks of scenes under a condition: what is seen or said made worse by a known amount, the sound the same.

Every network is asked about the same blocks with the same noise and flow times, so losses differ by the network alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray

from hobnail_plugins.aht.nn.network import Network
from hobnail_trainer.errors import FeedError
from hobnail_trainer.feed.batch import FeedBatch
from hobnail_trainer.feed.blur import Sight, SightScale, Way, blurred
from hobnail_trainer.feed.feed import validation_blocks
from hobnail_trainer.feed.settings import FeedSettings
from hobnail_trainer.feed.store import FeedStore, columns_of
from hobnail_trainer.model.blocks import Units, blocks_from, streams_of
from hobnail_trainer.model.preset import FlowLoss
from hobnail_trainer.model.velocity import between, draw, seed_of

BATCHES: Final = 6


@dataclass(frozen=True, slots=True)
class Condition:
    """What a network is told."""

    name: str
    level: float = 0.0  #: of what is seen that is not true, 0..1
    way: Way = "noise"
    vague: bool = False  #: the words are "sound"


CLEAN: Final = Condition("clean")


def scene_blocks(
    store: FeedStore, settings: FeedSettings, condition: Condition, *, count: int = BATCHES
) -> list[FeedBatch]:
    """Blocks of held-out scenes, all with sight, whole as of a film. Raises FeedError for a feed without scenes."""
    if "scenes" not in store.parts:
        raise FeedError(f"{store.folder}: has no scenes in {store.split}.", cure="Prepare the feed with scenes.")
    words = (
        {"exact": 0.0, "paraphrase": 0.0, "category": 0.0, "vague": 1.0}
        if condition.vague
        else {"exact": 1.0, "paraphrase": 0.0, "category": 0.0, "vague": 0.0}
    )
    only = msgspec.structs.replace(
        settings,
        parts={"scenes": 1.0},
        vision_null=0.0,
        rows_alone=0.0,
        pixels_alone=0.0,
        text_null=0.0,
        degraded=0.0,
        live=0.0,
        film=1.0,
        at_event=1.0,
        **words,
    )
    batches = validation_blocks(store, count, 7, only)
    if condition.level == 0.0:
        return list(batches)
    index = store.parts["scenes"].index
    assert index.scene is not None  # scenes have both
    assert index.pixels is not None
    scene, pixels = columns_of([index.scene]), columns_of([index.pixels])
    assert scene is not None
    assert pixels is not None
    scale = SightScale(scene, pixels)
    return [_worse(batch, condition, scale, np.random.default_rng([7, number])) for number, batch in enumerate(batches)]


def part_blocks(store: FeedStore, settings: FeedSettings, *, count: int = BATCHES) -> list[FeedBatch]:
    """Blocks of any mixture, words exact."""
    exact = msgspec.structs.replace(settings, exact=1.0, paraphrase=0.0, category=0.0, vague=0.0, text_null=0.0)
    return list(validation_blocks(store, count, 7, exact))


@torch.no_grad()
def losses(network: Network, units: Units, batches: list[FeedBatch], loss: FlowLoss) -> NDArray[np.float64]:
    """Flow loss of each block, float64 [blocks]."""
    found = []
    for number, batch in enumerate(batches):
        blocks = blocks_from(batch, units)
        drawn = draw(blocks.latents.shape, loss, torch.Generator().manual_seed(seed_of(0, number, 0)))
        streams = streams_of(network, blocks)
        given = network(between(blocks.latents, drawn), drawn.t, drawn.t, blocks.first, blocks.age, streams)
        square = ((given.velocity - (drawn.noise - blocks.latents)).square() * units.counts).mean(dim=-1)
        found.append(((square * blocks.weight).sum(dim=1) / blocks.weight.sum(dim=1).clamp(min=1e-6)).numpy())
    return np.concatenate(found).astype(np.float64)


def _worse(batch: FeedBatch, condition: Condition, scale: SightScale, chance: np.random.Generator) -> FeedBatch:
    scene, pixels = batch.scene.copy(), batch.pixels.copy()
    noise = batch.vision_noise.copy()
    for row in np.flatnonzero(batch.has_vision).tolist():
        known = batch.scene_mask[row]
        sight = Sight(scene[row, known], pixels[row, known].astype(np.float32))
        made = blurred(sight, condition.way, condition.level, scale, chance)
        scene[row, known], pixels[row, known] = made.scene, made.pixels
        noise[row] = condition.level
    return replace(batch, scene=scene, pixels=pixels, vision_noise=noise)
