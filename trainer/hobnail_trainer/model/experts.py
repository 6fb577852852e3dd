"""Experts for pitch, intensity and texture, fitted to pairs on a network that stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import msgspec
import torch

from hobnail_plugins.aht.nn.network import Network
from hobnail_plugins.codec.tables import packaged_tables
from hobnail_plugins.moe_lora.nn.arms import Lora, MoeLora
from hobnail_plugins.moe_lora.spec import AdapterSettings, LoraSettings
from hobnail_trainer.adapters.agreement import agreement
from hobnail_trainer.adapters.attributes import Ear
from hobnail_trainer.adapters.fit import fit_experts
from hobnail_trainer.adapters.model import FitSettings, Given, Known, Lesson
from hobnail_trainer.feed.store import FeedStore
from hobnail_trainer.model.blocks import Units, streams_of
from hobnail_trainer.model.checkpoint import Checkpoint
from hobnail_trainer.model.generate import Told
from hobnail_trainer.model.optimiser import restore_weights
from hobnail_trainer.model.pairs import PairBatch, PairSettings, held_out_pairs, pair_batches
from hobnail_trainer.model.sliders import Slider, measure_sliders
from hobnail_trainer.model.velocity import between, flow_loss
from hobnail_trainer.precision import Precision, arithmetic

if TYPE_CHECKING:
    from torch import nn

    from hobnail_plugins.nn.adapted import Adapters

EVERY = 20  #: steps from one line to the next
VOICES = 32  #: of which sliders are measured


@dataclass(frozen=True, slots=True)
class Experts:
    """What was fitted, on which network, and what it does."""

    adapter: Lora
    network: Network
    losses: tuple[float, float, float]  #: held-out flow loss of pairs: controls at 0, as they were moved, turned around
    sliders: tuple[Slider, ...]


def fit_on_pairs(  # noqa: PLR0913 - whose weights, which sounds, what is fitted and how
    base: Checkpoint,
    store: FeedStore,
    held_out: FeedStore,
    make: Callable[[], Network],
    adapters: AdapterSettings,
    settings: FitSettings,
    pairs: PairSettings | None = None,
    *,
    tell: Callable[[str], None],
) -> Experts:
    """Fit experts on the pairs of a feed, on the averaged weights of ``base``, and judge them by its validation split.

    ``adapters``: LoraSettings for an adapter an axis without a router, else MoE-LoRA; without "shared" among its
    experts there is none. Raises TrainerError, FeedError.
    """
    preset, pairs = base.state.preset, pairs or PairSettings()
    torch.set_num_threads(preset.threads)
    torch.manual_seed(settings.seed)
    network = make()
    restore_weights(network, base.part("average"))
    network.eval()
    arm = Lora if isinstance(adapters, LoraSettings) else MoeLora
    adapter, units, ear = arm(preset.network, adapters), Units(base.state.scale), Ear(packaged_tables())
    precision = preset.precision
    lesson = Lesson(know=known_of, loss_of=partial(given_of, units=units, precision=precision), ear=ear)
    judged = held_out_pairs(held_out, preset, units, pairs)

    def watch(step: int, figures: object) -> None:
        if step % EVERY == 0:
            tell(f"step {step} of {settings.steps}: {figures}")

    batches = pair_batches(store, preset, units, pairs, settings.seed)
    fit_experts(network, adapter, batches, lesson, settings, watch=watch)
    turned = [_mean_loss(network, adapter, judged, units, precision, times) for times in (0.0, 1.0, -1.0)]
    told, names = _told(judged)
    hops, passes = max(preset.feed.odds), 8 if base.state.stage == "flow" else 2
    instant = base.state.instant
    sliders = measure_sliders(network, adapter, told, names, units, ear, hops=hops, passes=passes, instant=instant)
    return Experts(adapter, network, (turned[0], turned[1], turned[2]), tuple(sliders))


@torch.no_grad()
def _mean_loss(
    network: Network, adapter: Lora, judged: Sequence[PairBatch], units: Units, precision: Precision, times: float
) -> float:
    """Held-out flow loss with controls taken so many times."""
    losses = []
    for batch in judged:
        known = known_of(network, batch)
        live = adapter.adapters(adapter(known.prompt, times * known.controls.unsqueeze(1)))
        losses.append(given_of(network, batch, live, units, precision).loss)
    return float(torch.stack(losses).mean())


def _told(judged: Sequence[PairBatch]) -> tuple[Told, list[str]]:
    """Words of some voices, and names for their noise."""
    text = torch.cat([each.blocks.text for each in judged])[:VOICES]
    seen = torch.cat([each.blocks.text_seen for each in judged])[:VOICES]
    return Told(text, seen), [f"voice {number}" for number in range(len(text))]


def known_of(network: nn.Module, batch: PairBatch) -> Known:
    """What a router is told of a batch of pairs."""
    assert isinstance(network, Network)
    streams = streams_of(network, batch.blocks)
    return Known(streams.prompt, batch.blocks.controls, agreement(network, streams))


def given_of(network: nn.Module, batch: PairBatch, live: Adapters | None, units: Units, precision: Precision) -> Given:
    """What a network makes of a batch of pairs with ``live`` adapters."""
    assert isinstance(network, Network)
    blocks, drawn = batch.blocks, batch.drawn
    with arithmetic(precision):
        loss, made = flow_loss(network, blocks, streams_of(network, blocks), units, drawn, adapters=live)
    clean = between(blocks.latents, drawn) - drawn.t[:, None, None] * made.velocity
    return Given(loss, units.back(clean), units.back(blocks.latents), drawn.t, blocks.weight)


def settings_for(arm: str, rank: int, *, shared: bool) -> AdapterSettings:
    """``arm``: "lora" or "moe_lora"; ``shared``: whether there is an expert that follows no control."""
    if arm == "lora":
        return LoraSettings(rank=rank, alpha=float(rank), slot_rank=rank)
    found = AdapterSettings(rank=rank, alpha=float(rank), slot_rank=rank)
    return found if shared else msgspec.structs.replace(found, experts=found.axes)
