"""One adapter from recordings: at strength 1 the network makes sounds like these, at 0 it is what it was, bit for bit.

The network is frozen; the flow loss of the recordings, at strength 1, teaches the adapter alone. Some recordings are
kept apart: what is written is the adapter as it judged best by them, so that too long a fit does no harm.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec
import torch

from hobnail_plugins.aht.nn.network import Network
from hobnail_plugins.aht.spec import CONTROLS
from hobnail_plugins.moe_lora.nn.arms import Lora, Routing
from hobnail_plugins.moe_lora.spec import SHARED, WORD, LoraSettings
from hobnail_trainer.adapters.fit import ExpertFit, frozen
from hobnail_trainer.adapters.model import FitSettings, Given, Known, Lesson
from hobnail_trainer.errors import TrainerError
from hobnail_trainer.feed.feed import Feed, validation_blocks
from hobnail_trainer.feed.settings import FeedSettings
from hobnail_trainer.feed.store import FeedStore
from hobnail_trainer.model.blocks import Blocks, Units, blocks_from, streams_of
from hobnail_trainer.model.checkpoint import RunState
from hobnail_trainer.model.stopping import asked_to_end
from hobnail_trainer.model.velocity import Draw, draw, flow_loss, seed_of
from hobnail_trainer.precision import Precision, arithmetic

if TYPE_CHECKING:
    from torch import Tensor, nn

    from hobnail_plugins.nn.adapted import Adapters

JUDGED: Final = 6  #: batches of the recordings that are kept apart, one of each size of block
APART: Final = 5  #: every so manieth recording is kept apart


class AdaptSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How an adapter is made."""

    minutes: float = 30.0  #: of fitting, at most
    steps: int = 4000  #: at most
    rank: int = 4
    rate: float = 2e-3
    tokens: int = 1024  #: hops of a batch, about
    judge_every: int = 25
    patience: int = 8  #: judgements without a better one before it ends
    threads: int = 2
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Adapted:
    """What came of it."""

    adapter: Lora  #: as it judged best
    before: float  #: held-out flow loss at strength 0
    after: float  #: at strength 1
    best_step: int
    steps: int
    seconds: float


@dataclass(frozen=True, slots=True)
class _Batch:
    blocks: Blocks
    drawn: Draw


def check_axis(axis: str) -> None:
    """Raises TrainerError for what cannot be the name of a palette's control."""
    if not WORD.fullmatch(axis) or axis in (*CONTROLS, SHARED):
        raise TrainerError(
            f"axis {axis!r}: expected a word of a-z, 0-9 and _, at most 32 long, and none of "
            f"{', '.join((*CONTROLS, SHARED))}.",
            cure="Name what is learned: --axis muddy_boots.",
        )


def kept_apart(count: int) -> list[bool]:
    """Of so many recordings in order, which are judged by: every fifth, and at least one of the first four."""
    return [number % APART == min(2, count - 1) for number in range(count)]


def fit_axis(
    network: Network,
    state: RunState,
    axis: str,
    train: FeedStore,
    held_out: FeedStore,
    settings: AdaptSettings,
    *,
    tell: Callable[[str], None],
) -> Adapted:
    """Fit until it no longer gets better, the time is over, or a signal asks to end. Raises TrainerError, FeedError."""
    check_axis(axis)
    torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    spec = LoraSettings(rank=settings.rank, alpha=float(settings.rank), slot_rank=settings.rank, experts=(axis,))
    adapter = Lora(network.spec, spec)
    units, drawing = Units(state.scale), _drawing(state.preset.feed, settings.tokens)
    precision = state.preset.precision
    judge = _Judge(network, held_out, drawing, state, units)
    before = judge(None)
    tell(f"held-out loss of {len(held_out.parts['recorded'].index.entries)} recordings at strength 0: {before:.4f}")
    fit = ExpertFit(network, adapter, _lesson(units, precision), FitSettings(steps=settings.steps, rate=settings.rate))
    batches, best, since = _batches(train, drawing, state, units, settings.seed), (float("inf"), 0), 0
    kept = {name: value.detach().clone() for name, value in adapter.named_parameters()}
    began = time.monotonic()
    with frozen(network), asked_to_end() as wish:
        while fit.step_number < settings.steps and since < settings.patience:
            over = wish.asked or time.monotonic() - began > 60.0 * settings.minutes
            if not over:
                fit.step(next(batches))
            if over or fit.step_number % settings.judge_every == 0 or fit.step_number == settings.steps:
                loss, since = judge(adapter), since + 1
                if fit.step_number and loss < best[0]:
                    best, since = (loss, fit.step_number), 0
                    kept = {name: value.detach().clone() for name, value in adapter.named_parameters()}
                tell(f"step {fit.step_number}: held-out loss at strength 1 {loss:.4f}, best {best[0]:.4f}")
            if over:
                break
    with torch.no_grad():
        for name, value in adapter.named_parameters():
            value.copy_(kept[name])
    if best[1] == 0:
        raise TrainerError("it was asked to end before the first step.", cure="Run it again, with more --minutes.")
    return Adapted(adapter, before, best[0], best[1], fit.step_number, time.monotonic() - began)


def at_strength(adapter: Lora, strength: float, batch: int) -> Adapters:
    """What the network takes for so many voices at one strength."""
    return adapter.adapters(Routing(torch.full((batch, 1, 1), strength), None))


class _Judge:
    """The flow loss of the recordings that are kept apart, on blocks and noise that never change."""

    def __init__(
        self, network: Network, store: FeedStore, drawing: FeedSettings, state: RunState, units: Units
    ) -> None:
        self._network, self._units, self._precision = network, units, state.preset.precision
        self._batches = []
        for number, batch in enumerate(validation_blocks(store, JUDGED, 1, drawing)):
            blocks = blocks_from(batch, units)
            chance = torch.Generator().manual_seed(seed_of(0, number, 0))
            self._batches.append(_Batch(blocks, draw(blocks.latents.shape, state.preset.loss, chance)))

    @torch.no_grad()
    def __call__(self, adapter: Lora | None) -> float:
        losses = [
            _loss(
                self._network,
                each,
                None if adapter is None else at_strength(adapter, 1.0, len(each.blocks.latents)),
                self._units,
                self._precision,
            )
            for each in self._batches
        ]
        return float(torch.stack(losses).mean())


def _lesson(units: Units, precision: Precision) -> Lesson[_Batch]:
    def know(network: nn.Module, batch: _Batch) -> Known:
        assert isinstance(network, Network)
        count = len(batch.blocks.latents)
        return Known(torch.zeros(count, network.spec.width), torch.ones(count, 1))

    def loss_of(network: nn.Module, batch: _Batch, live: Adapters | None) -> Given:
        assert isinstance(network, Network)
        return Given(_loss(network, batch, live, units, precision))

    return Lesson(know=know, loss_of=loss_of)


def _loss(network: Network, batch: _Batch, live: Adapters | None, units: Units, precision: Precision) -> Tensor:
    with arithmetic(precision):
        streams = streams_of(network, batch.blocks)
        return flow_loss(network, batch.blocks, streams, units, batch.drawn, adapters=live)[0]


def _batches(store: FeedStore, drawing: FeedSettings, state: RunState, units: Units, seed: int) -> Iterator[_Batch]:
    for number, batch in enumerate(Feed(store, drawing, seed=seed)):
        blocks = blocks_from(batch, units)
        chance = torch.Generator().manual_seed(seed_of(seed, number, 0))
        yield _Batch(blocks, draw(blocks.latents.shape, state.preset.loss, chance))


def _drawing(base: FeedSettings, tokens: int) -> FeedSettings:
    """As the network was trained, on recordings alone and with their own words."""
    return msgspec.structs.replace(
        base,
        tokens=tokens,
        parts={"recorded": 1.0},
        pairs_only=False,
        categories={},
        materials={},
        exact=1.0,
        paraphrase=0.0,
        category=0.0,
        vague=0.0,
    )
