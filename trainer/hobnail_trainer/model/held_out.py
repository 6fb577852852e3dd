"""The loss of the averaged weights on the validation split, on blocks and with noise that never change."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import nn

from hobnail_plugins.aht.nn.network import Network
from hobnail_trainer.feed.feed import validation_blocks
from hobnail_trainer.feed.store import FeedStore
from hobnail_trainer.model.average import Average
from hobnail_trainer.model.blocks import Blocks, Units, blocks_from, streams_of
from hobnail_trainer.model.preset import Preset
from hobnail_trainer.model.shards import gathered
from hobnail_trainer.model.velocity import Draw, draw, flow_loss, seed_of
from hobnail_trainer.precision import arithmetic

if TYPE_CHECKING:
    from torch import Tensor


Judge = Callable[[Network, Blocks, Units, Draw], "Tensor"]


def block_loss(network: Network, blocks: Blocks, units: Units, drawn: Draw) -> Tensor:
    """Of whole blocks."""
    return flow_loss(network, blocks, streams_of(network, blocks), units, drawn)[0]


def held_out_loss(
    model: nn.Module,
    network: Network,
    average: Average,
    preset: Preset,
    store: FeedStore,
    units: Units,
    judge: Judge = block_loss,
) -> float:
    """``model``: what Accelerate made of the learner that ``network`` is part of. All processes call it."""
    with average.lent(network), gathered(model):
        return mean_loss(network, preset, held_out_blocks(preset, store, units), units, judge)


def held_out_blocks(preset: Preset, store: FeedStore, units: Units) -> list[Blocks]:
    """The blocks that a preset judges by."""
    batches = validation_blocks(store, preset.judge_batches, 1, preset.feed)
    return [blocks_from(batch, units, units.mean.device) for batch in batches]


@torch.no_grad()
def mean_loss(
    network: Network, preset: Preset, held_out: list[Blocks], units: Units, judge: Judge = block_loss
) -> float:
    """Mean over blocks, each with noise and flow times of its own number."""
    device = units.mean.device
    network.eval()
    losses: list[Tensor] = []
    for number, blocks in enumerate(held_out):
        drawn = draw(blocks.latents.shape, preset.loss, torch.Generator().manual_seed(seed_of(0, number, 0)), device)
        with arithmetic(preset.precision, device.type):
            losses.append(judge(network, blocks, units, drawn))
    network.train()
    return float(torch.stack(losses).mean())
