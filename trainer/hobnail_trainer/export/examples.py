"""Real blocks as inputs of a step: what calibration looks at and what errors are measured on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, Literal

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray

from hobnail_plugins.aht.graph_io import CUE, LASTS, STEERING, STRENGTH, factor_inputs, rows_of, seen_of
from hobnail_plugins.aht.nn.conditioning import near_rows
from hobnail_plugins.aht.nn.memory import KeysAndValues, Memory
from hobnail_plugins.aht.nn.network import Network
from hobnail_plugins.aht.spec import LatentScale, NetworkSpec, adapted_places
from hobnail_plugins.streams import STREAMS
from hobnail_trainer.export.memories import by_layer, sinks_of
from hobnail_trainer.feed.feed import Feed
from hobnail_trainer.feed.settings import FeedSettings
from hobnail_trainer.feed.store import FeedStore
from hobnail_trainer.model.blocks import Units, blocks_from, streams_of

if TYPE_CHECKING:
    from torch import Tensor

Given = dict[str, NDArray[np.generic]]
TOKENS: Final = 512  # of a batch: many small blocks or few large ones


@torch.no_grad()
def real_steps(
    network: Network,
    store: FeedStore,
    scale: LatentScale,
    settings: FeedSettings,
    *,
    instant: bool,
    batches: int,
    seed: int,
) -> Iterator[Given]:
    """``batches`` steps of a feed's blocks: sizes as training has them, streams left out as often, t over 0..1.

    ``instant``: the network knows velocities only, so r = t; else r is 0 in half of the blocks. Adapters and steering
    are neutral.
    """
    chosen = msgspec.structs.replace(settings, tokens=TOKENS, most=64)
    feed, units = Feed(store, chosen, seed=seed), Units(scale)
    chance = torch.Generator().manual_seed(seed)
    for number in range(batches):
        blocks = blocks_from(next(feed), units)
        streams = streams_of(network, blocks)
        batch = len(blocks.latents)
        t = (torch.arange(batch) + torch.rand(batch, generator=chance)) / batch
        t = torch.ones(batch) if number % 4 == 0 else t[torch.randperm(batch, generator=chance)]
        noise = torch.randn(blocks.latents.shape, generator=chance)
        x = (1.0 - t[:, None, None]) * blocks.latents + t[:, None, None] * noise
        r = t if instant else t * torch.rand(batch, generator=chance).round()
        given = {"x": x, "t": t, "r": r, "first": blocks.first, "age": blocks.age.long(), "prompt": streams.prompt}
        if streams.cue is not None:
            given[CUE] = near_rows(streams.cue, network.spec.cue_hops)
        if streams.lasts is not None:
            given[LASTS] = streams.lasts
        seen = (streams.text_seen, streams.vision_seen, streams.history_seen)
        memories = (streams.text, streams.vision, streams.history)
        makers = (network.tell.memory, network.see.memory, network.remember.memory)
        for stream, memory, mask, maker in zip(STREAMS, memories, seen, makers, strict=True):
            given |= _rows(stream, memory, mask, maker)
        yield {name: np.ascontiguousarray(value.numpy()) for name, value in given.items()} | neutral(
            network.spec, batch
        )


def neutral(spec: NetworkSpec, voices: int, ranks: int = 4) -> Given:
    """Steering and adapters that change nothing."""
    wide = {name: (voices, 1 if name.endswith(("hold", "overriding")) else len(STREAMS)) for name in STEERING}
    given: Given = {name: np.zeros(shape, np.float32) for name, shape in wide.items()}
    given[STRENGTH] = np.zeros((voices, 1, ranks), np.float32)
    sizes = adapted_places(spec)
    for name in factor_inputs(spec.layers):
        half, place = name.rsplit("_", 1)[0].split("_", 1)
        size = sizes[place]
        given[name] = np.zeros((size.inputs, ranks) if half == "down" else (ranks, size.outputs), np.float32)
    return given


def _rows(stream: str, memory: Memory, seen: Tensor, maker: KeysAndValues) -> dict[str, Tensor]:
    batch = len(seen)
    given = {seen_of(stream): torch.cat([torch.ones(batch, 1, dtype=torch.bool), seen], dim=1)}
    halves: tuple[Literal["keys", "values"], ...] = ("keys", "values")
    for half, rows, sink in zip(halves, by_layer(memory), sinks_of(maker), strict=True):
        slot = sink[:, None, :, None, :].expand(-1, batch, -1, -1, -1)
        whole = torch.cat([slot, rows], dim=3)
        given |= {rows_of(stream, half, layer): whole[layer] for layer in range(len(whole))}
    return given
