"""Ways to make a trained network follow controls, fitted to the same pairs by the same losses, and what each is worth.

================  =====================================================================================
lora              an adapter an axis, as strong as its control (rank 8); the network is frozen
moe_lora          four experts and a router (rank 8); the network is frozen
tokens            implicit control tokens: the network is frozen, three tokens are learned
all               the same tokens, and every weight of the network with them: full fine-tuning
================  =====================================================================================

All learn at one rate, from the same batches: flow, attribute and cross-talk losses as adapters have them; experts have
those of their router too. Controls are judged by voices that are made: the same words and noise at five settings.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

import msgspec
import numpy as np
import torch
from torch import nn

from hobnail_plugins.aht.nn.network import Network
from hobnail_plugins.aht.spec import CONTROLS
from hobnail_plugins.codec.tables import packaged_tables
from hobnail_plugins.moe_lora.nn.arms import Lora, MoeLora
from hobnail_plugins.moe_lora.spec import LossWeights
from hobnail_trainer.adapters.attributes import Ear
from hobnail_trainer.adapters.fit import fit_experts
from hobnail_trainer.adapters.hearing import COUPLING, SPANS, attribute_loss, cross_talk_loss, draw_move
from hobnail_trainer.adapters.model import FitSettings, Lesson
from hobnail_trainer.adapters.tokens import ControlTokens
from hobnail_trainer.errors import TrainerError
from hobnail_trainer.feed.batch import FeedBatch
from hobnail_trainer.feed.store import FeedStore
from hobnail_trainer.model.blocks import Units
from hobnail_trainer.model.checkpoint import Checkpoint
from hobnail_trainer.model.experts import given_of, known_of, settings_for
from hobnail_trainer.model.generate import Sampling, Told, begun, block, known, noise_for
from hobnail_trainer.model.optimiser import restore_weights
from hobnail_trainer.model.pairs import PairBatch, PairSettings, held_out_pairs, pair_batches
from hobnail_trainer.reproduce.conditions import losses

if TYPE_CHECKING:
    from torch import Tensor

Strategy = Literal["lora", "moe_lora", "tokens", "all"]
STRATEGIES: Final[tuple[Strategy, ...]] = ("lora", "moe_lora", "tokens", "all")
RANK: Final = 8
RATE: Final = 3e-3  #: that of the preset
SETTINGS: Final = (-1.0, -0.5, 0.5, 1.0)
VOICES: Final = 24
HOPS, PASSES = 64, 4
GUIDED: Final = 2.0  #: controls by classifier-free guidance: this far from what is made without them


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """What one strategy gave with one seed. Lists by voice and axis are in one row, voices in order, axes within."""

    strategy: Strategy
    seed: int
    steps: int
    parameters: int  #: that were learned
    pairs: tuple[float, float, float]  #: held-out flow loss: controls at 0, as they were moved, turned around
    error: list[float]  #: of each voice and axis: mean |change - wanted| / span; 0.75 where nothing moves
    talk: list[float]  #: the same of the other two measures, beyond what the pairs themselves move
    guided_error: list[float] = []  #: ``error`` with :data:`GUIDED`; of strategies that have tokens
    forgot: list[float]  #: of each held-out block of the network's own feed: loss without controls, more than before


@dataclass(frozen=True, slots=True)
class Fitted:
    """A network with something that takes controls: an adapter or tokens."""

    network: Network
    adapter: Lora | None
    tokens: ControlTokens | None
    learned: int


@dataclass(frozen=True, slots=True)
class School:
    """What all strategies share: whose weights, which pairs, what is not to be forgotten."""

    base: Checkpoint
    train: FeedStore
    held_out: FeedStore
    kept: list[FeedBatch]
    make: Callable[[], Network]


def score_of(strategy: Strategy, school: School, *, steps: int, seed: int, weights: LossWeights | None = None) -> Score:
    """Fit and judge. ``weights``: of the losses beside the flow's. Raises TrainerError, FeedError."""
    preset, units, ear = school.base.state.preset, Units(school.base.state.scale), Ear(packaged_tables())
    torch.set_num_threads(preset.threads)
    torch.manual_seed(seed)
    network = school.make()
    restore_weights(network, school.base.part("average"))
    network.eval()
    before = losses(network, units, school.kept, preset.loss)
    fitted = _fitted(strategy, school, network, units, ear, steps, seed, weights or LossWeights())
    judged = held_out_pairs(school.held_out, preset, units, PairSettings())
    turned = [_mean_loss(fitted, judged, units, times) for times in (0.0, 1.0, -1.0)]
    told = _told(judged)
    error, talk = _controls(fitted, told, units, ear, 1.0)
    guided = _controls(fitted, told, units, ear, GUIDED)[0] if fitted.tokens is not None else []
    return Score(
        strategy=strategy,
        seed=seed,
        steps=steps,
        parameters=fitted.learned,
        pairs=(turned[0], turned[1], turned[2]),
        error=error,
        talk=talk,
        guided_error=guided,
        forgot=(losses(fitted.network, units, school.kept, preset.loss) - before).tolist(),
    )


def _fitted(  # noqa: PLR0913, PLR0917 - what fitting depends on
    strategy: Strategy,
    school: School,
    network: Network,
    units: Units,
    ear: Ear,
    steps: int,
    seed: int,
    weights: LossWeights,
) -> Fitted:
    preset = school.base.state.preset
    batches = pair_batches(school.train, preset, units, PairSettings(), seed)
    if strategy in ("lora", "moe_lora"):
        settings = msgspec.structs.replace(settings_for(strategy, RANK, shared=True), losses=weights)
        adapter = Lora(preset.network, settings) if strategy == "lora" else MoeLora(preset.network, settings)
        lesson = Lesson(know=known_of, loss_of=partial(given_of, units=units, precision=preset.precision), ear=ear)
        fit_experts(network, adapter, batches, lesson, FitSettings(steps=steps, rate=RATE, seed=seed))
        return Fitted(network, adapter, None, _count(adapter))
    tokens = ControlTokens(preset.network.text_width, len(CONTROLS))
    learned = nn.ModuleList([tokens, network] if strategy == "all" else [tokens])
    network.requires_grad_(strategy == "all")
    optimiser = torch.optim.AdamW(learned.parameters(), lr=RATE, betas=(0.9, 0.99), weight_decay=0.0)
    fitted = Fitted(network, None, tokens, _count(learned))
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = RATE * min(1.0, (step + 1) / FitSettings().warm_steps)
        loss = _loss(fitted, next(batches), units, ear, weights, step, seed)
        if not torch.isfinite(loss):
            raise TrainerError(f"{strategy}, step {step}: the loss is no number.", cure="Lower the rate.")
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch has no types here
        torch.nn.utils.clip_grad_norm_(learned.parameters(), 1.0)
        optimiser.step()
    network.requires_grad_(False)
    return fitted


def _loss(
    fitted: Fitted, batch: PairBatch, units: Units, ear: Ear, weights: LossWeights, step: int, seed: int
) -> Tensor:
    """Of tokens, as :mod:`hobnail_trainer.adapters.losses` has it for adapters."""
    given = given_of(fitted.network, _with_tokens(fitted, batch, batch.blocks.controls), None, units, "fp32")
    assert given.clean is not None
    assert given.wanted is not None
    assert given.t is not None
    heard, wanted = ear(given.clean, given.weight), ear(given.wanted, given.weight)
    loss = given.loss + weights.attribute * attribute_loss(heard, wanted, given.t)
    if step % weights.cross_talk_every == 0:
        move = draw_move(batch.blocks.controls, torch.Generator().manual_seed(seed * 1_000_003 + step))
        other = given_of(fitted.network, _with_tokens(fitted, batch, move.controls), None, units, "fp32")
        assert other.clean is not None
        after = ear(other.clean, given.weight)
        loss = loss + weights.cross_talk * cross_talk_loss(heard, after, move.delta, given.t, CONTROLS)
    return loss


def _with_tokens(fitted: Fitted, batch: PairBatch, controls: Tensor) -> PairBatch:
    assert fitted.tokens is not None
    text, seen = fitted.tokens(batch.blocks.text, batch.blocks.text_seen, controls)
    return PairBatch(replace(batch.blocks, text=text, text_seen=seen), batch.drawn)


@torch.no_grad()
def _mean_loss(fitted: Fitted, judged: list[PairBatch], units: Units, times: float) -> float:
    found = []
    for batch in judged:
        controls = times * batch.blocks.controls
        live = None
        if fitted.adapter is not None:
            prompt = known_of(fitted.network, batch).prompt
            live = fitted.adapter.adapters(fitted.adapter(prompt, controls.unsqueeze(1)))
        asked = batch if fitted.tokens is None else _with_tokens(fitted, batch, controls)
        found.append(given_of(fitted.network, asked, live, units, "fp32").loss)
    return float(torch.stack(found).mean())


@torch.no_grad()
def _controls(fitted: Fitted, told: Told, units: Units, ear: Ear, guidance: float) -> tuple[list[float], list[float]]:
    """Control error and cross-talk of each voice and axis."""
    voices = len(told.text)
    noise = noise_for([f"voice {number}" for number in range(voices)], HOPS, fitted.network.spec.latents, 1)
    spans, coupling = torch.tensor(SPANS), torch.tensor(COUPLING)
    middle = _heard(fitted, told, torch.zeros(voices, len(CONTROLS)), noise, units, ear, 1.0)
    errors, talks = [], []
    for axis in range(len(CONTROLS)):
        off = []
        for setting in SETTINGS:
            controls = torch.zeros(voices, len(CONTROLS))
            controls[:, axis] = setting
            moved = _heard(fitted, told, controls, noise, units, ear, guidance) - middle
            off.append(((moved - setting * coupling[axis]) / spans).abs())
        mean = torch.stack(off).mean(dim=0)
        errors.append(mean[:, axis])
        talks.append((mean.sum(dim=1) - mean[:, axis]) / (len(CONTROLS) - 1))
    return torch.stack(errors, dim=1).flatten().tolist(), torch.stack(talks, dim=1).flatten().tolist()


def _heard(
    fitted: Fitted, told: Told, controls: Tensor, noise: Tensor, units: Units, ear: Ear, guidance: float
) -> Tensor:
    """Attributes of voices made at some setting, float32 [voices, 3]."""
    network, live, asked = fitted.network, None, told
    if fitted.adapter is not None:
        _, prompt = network.tell(told.text, told.text_seen)
        live = fitted.adapter.adapters(fitted.adapter(prompt, controls.unsqueeze(1)))
    if fitted.tokens is not None:
        asked = Told(*fitted.tokens(told.text, told.text_seen, controls))
    knows, free = known(network, asked), known(network, told) if guidance != 1.0 else None
    sampling = Sampling(passes=PASSES, guidance=guidance)
    made = block(network, knows, free, begun(network, len(noise)), noise, sampling, adapters=live)
    found: Tensor = ear(units.back(made.float()))
    return found


def _told(judged: list[PairBatch]) -> Told:
    text = torch.cat([each.blocks.text for each in judged])[:VOICES]
    return Told(text, torch.cat([each.blocks.text_seen for each in judged])[:VOICES])


def _count(module: nn.Module) -> int:
    return sum(value.numel() for value in module.parameters())


def mean_error(score: Score) -> float:
    """Over voices and axes."""
    return float(np.mean(score.error))
