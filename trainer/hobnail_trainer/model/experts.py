"""Experts for pitch, intensity and texture, fitted to pairs on a network that stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import torch

from hobnail_plugins.aht.nn.network import Network
from hobnail_plugins.codec.tables import packaged_tables
from hobnail_plugins.moe_lora.nn.arms import MoeLora
from hobnail_plugins.moe_lora.nn.pack import digest_of, palette_of
from hobnail_plugins.moe_lora.palette import Palette
from hobnail_plugins.moe_lora.spec import AdapterSettings
from hobnail_trainer.adapters.agreement import agreement
from hobnail_trainer.adapters.attributes import Ear
from hobnail_trainer.adapters.fit import fit_experts
from hobnail_trainer.adapters.model import FitSettings, Given, Known, Lesson
from hobnail_trainer.feed.feed import Feed
from hobnail_trainer.feed.store import FeedStore
from hobnail_trainer.model.blocks import Blocks, Units, blocks_from, streams_of
from hobnail_trainer.model.checkpoint import Checkpoint
from hobnail_trainer.model.optimiser import restore_weights
from hobnail_trainer.model.precision import in_bf16
from hobnail_trainer.model.velocity import Draw, between, draw, flow_loss, seed_of

if TYPE_CHECKING:
    from torch import nn

    from hobnail_plugins.nn.adapted import Adapters

EVERY = 20  #: steps from one line to the next


@dataclass(frozen=True, slots=True)
class PairBatch:
    """Changed sounds, by how much they were changed, and the chance they are learned with."""

    blocks: Blocks
    drawn: Draw


def fit_on_pairs(  # noqa: PLR0913 - whose weights, which sounds, what is fitted, how, and what it is called
    base: Checkpoint,
    store: FeedStore,
    make: Callable[[], Network],
    adapters: AdapterSettings,
    settings: FitSettings,
    *,
    name: str,
    licence: str,
    tell: Callable[[str], None],
) -> Palette:
    """Fit MoE-LoRA on the pairs of a feed, on the averaged weights of ``base``. Raises TrainerError, FeedError."""
    preset = base.state.preset
    torch.set_num_threads(preset.threads)
    torch.manual_seed(settings.seed)
    network = make()
    restore_weights(network, base.part("average"))
    network.eval()
    adapter = MoeLora(preset.network, adapters)
    units = Units(base.state.scale)
    lesson = Lesson(
        know=_known,
        loss_of=lambda network, batch, live: _given(network, batch, live, units, in_bf16(preset.precision)),
        ear=Ear(packaged_tables()),
    )

    def watch(step: int, figures: object) -> None:
        if step % EVERY == 0:
            tell(f"step {step} of {settings.steps}: {figures}")

    fit_experts(network, adapter, _pairs(base, store, units, settings.seed), lesson, settings, watch=watch)
    return palette_of(adapter, name=name, base=digest_of(network), licence=licence)


def _pairs(base: Checkpoint, store: FeedStore, units: Units, seed: int) -> Iterator[PairBatch]:
    preset = base.state.preset
    settings = msgspec.structs.replace(preset.feed, pairs_only=True, text_null=0.05, at_beginning=1.0)
    for number, batch in enumerate(Feed(store, settings, seed=seed)):
        blocks = blocks_from(batch, units)
        chance = torch.Generator().manual_seed(seed_of(seed, number, 0))
        yield PairBatch(blocks, draw(blocks.latents.shape, preset.loss, chance))


def _known(network: nn.Module, batch: PairBatch) -> Known:
    assert isinstance(network, Network)
    streams = streams_of(network, batch.blocks)
    return Known(streams.prompt, batch.blocks.controls, agreement(network, streams))


def _given(network: nn.Module, batch: PairBatch, live: Adapters | None, units: Units, short: bool) -> Given:
    assert isinstance(network, Network)
    blocks, drawn = batch.blocks, batch.drawn
    with torch.autocast("cpu", torch.bfloat16, enabled=short):
        loss, made = flow_loss(network, blocks, streams_of(network, blocks), units, drawn, adapters=live)
    clean = between(blocks.latents, drawn) - drawn.t[:, None, None] * made.velocity
    return Given(loss, units.back(clean), units.back(blocks.latents), drawn.t, blocks.weight)
