"""The training loop, top to bottom: draw, learn, follow, look, keep."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from accelerate import Accelerator
from torch import nn

from hobnail_plugins.aht.nn.network import Network
from hobnail_plugins.aht.spec import LatentScale
from hobnail_trainer.errors import TrainerError
from hobnail_trainer.feed.feed import Feed, validation_blocks
from hobnail_trainer.feed.store import FeedStore
from hobnail_trainer.model.average import Average
from hobnail_trainer.model.blocks import Units, blocks_from, streams_of
from hobnail_trainer.model.checkpoint import Checkpoint, RunState, save
from hobnail_trainer.model.journal import Journal
from hobnail_trainer.model.learner import Learner
from hobnail_trainer.model.preset import Optimiser, Preset
from hobnail_trainer.model.velocity import draw, flow_loss

if TYPE_CHECKING:
    from torch import Tensor

SAFE = 1e3
"""A loss above this is no loss any more: the run has left the ground."""


@dataclass(frozen=True, slots=True)
class Data:
    """What a run learns from, and what it is judged by while it runs."""

    train: FeedStore
    held_out: FeedStore


def scale_of(store: FeedStore) -> LatentScale:
    """Where the feed's latents lie, as bundles and checkpoints carry it."""
    scale = store.scale
    return LatentScale(
        mean=[float(value) for value in scale.mean],
        spread=[float(value) for value in scale.spread],
        silence=[float(value) for value in store.silence],
    )


def train(
    run: Path,
    preset: Preset,
    data: Data,
    make: Callable[[], Network],
    *,
    tell: Callable[[str], None],
    past: Checkpoint | None = None,
    learner_of: Callable[[Network], nn.Module] | None = None,
) -> RunState:
    """Train until ``preset.steps``, or until a signal asks to end; then the same command goes on.

    ``past``: the checkpoint to go on from. ``learner_of``: what turns the network's blocks into losses; flow matching
    unless told otherwise. Raises TrainerError; the last good checkpoint stays where it is.
    """
    torch.set_num_threads(preset.threads)
    torch.manual_seed(preset.seed)
    accelerator = Accelerator(
        cpu=not torch.cuda.is_available(),
        mixed_precision="bf16" if preset.precision == "bf16" else "no",
        gradient_accumulation_steps=preset.optimiser.accumulate,
    )
    network = make()
    if preset.compile:
        torch._dynamo.config.recompile_limit = 64  # a graph for each size of block and of vision
        for layer in network.layers:
            layer.compile(dynamic=True)
    learner = learner_of(network) if learner_of else Learner(network, preset.loss)
    if past is not None:
        network.load_state_dict(past.part("network"), strict=False)  # buffers are made anew
    optimiser = torch.optim.AdamW(_groups(network, preset.optimiser), betas=preset.optimiser.betas, fused=True)
    if past is not None:
        _restore(optimiser, network, past)
    model, wrapped = accelerator.prepare(learner, optimiser)
    average = Average(network, preset.average)
    if past is not None:
        average.load(past.part("average"))
    feed = Feed(
        data.train, preset.feed, seed=preset.seed + accelerator.process_index, state=past.state.feed if past else None
    )
    scale = scale_of(data.train)
    units = Units(scale, accelerator.device)
    step = past.state.step if past else 0
    seconds = past.state.seconds if past else 0.0
    seen = list(past.state.held_out) if past else []
    began = time.monotonic()

    def keep() -> RunState:
        state = RunState(
            preset=preset,
            step=step,
            seconds=seconds + time.monotonic() - began,
            scale=scale,
            feed=feed.state(),
            held_out=seen,
        )
        if accelerator.is_main_process:
            save(run, state, _tensors(network, average, optimiser))
        return state

    journal = Journal(run, steps=preset.steps, tell=tell)
    with _asked_to_end() as asked:
        while step < preset.steps and not asked:
            rate = _rate(preset.optimiser, step, preset.steps)
            for group in wrapped.param_groups:
                group["lr"] = rate
            for _ in range(preset.optimiser.accumulate):
                with accelerator.accumulate(model):
                    blocks = blocks_from(next(feed), units, accelerator.device)
                    chance = torch.Generator().manual_seed(
                        _seed(preset.seed, feed.state().batches, accelerator.process_index)
                    )
                    losses = model(blocks, units, draw(blocks.latents.shape, preset.loss, chance))
                    accelerator.backward(losses["total"])
                    norm = accelerator.clip_grad_norm_(model.parameters(), preset.optimiser.clip)
                    _refuse_nan(losses, norm, step, feed)
                    wrapped.step()
                    wrapped.zero_grad()
            step += 1
            average.follow(network, step)
            figures = {name: float(value) for name, value in losses.items() if name != "total"}
            journal.step(step, {**figures, "norm": float(norm), "rate": rate})
            if step % preset.judge_every == 0 or step == preset.steps:
                seen.append((step, held_out_loss(network, average, preset, data.held_out, units)))
                journal.write(step, {"held_out": seen[-1][1]})
                tell(f"step {step}: held-out loss {seen[-1][1]:.4f}")
            if step % preset.keep_every == 0:
                keep()
    journal.close()
    return keep()


@torch.no_grad()
def held_out_loss(network: Network, average: Average, preset: Preset, store: FeedStore, units: Units) -> float:
    """Loss of the averaged weights on fixed blocks of the validation split, with fixed noise."""
    mine = {name: value.detach().clone() for name, value in network.named_parameters()}
    average.into(network)
    network.eval()
    losses = []
    for number, batch in enumerate(validation_blocks(store, preset.judge_batches, 1, preset.feed)):
        blocks = blocks_from(batch, units, units.mean.device)
        chance = torch.Generator().manual_seed(_seed(0, number, 0))
        drawn = draw(blocks.latents.shape, preset.loss, chance)
        with torch.autocast(units.mean.device.type, torch.bfloat16, enabled=preset.precision == "bf16"):
            losses.append(flow_loss(network, blocks, streams_of(network, blocks), units, drawn)[0])
    for name, value in network.named_parameters():
        value.copy_(mine[name])
    network.train()
    return float(torch.stack(losses).mean())


def _rate(settings: Optimiser, step: int, steps: int) -> float:
    """Up in a line, level, and down in a line at the end."""
    up = (step + 1) / max(1, settings.warm_steps)
    down = (steps - step) / max(1.0, settings.fall * steps)
    return settings.rate * min(1.0, up, down)


def _groups(network: Network, settings: Optimiser) -> list[dict[str, object]]:
    """Matrices decay; gains, biases and everything else with one axis do not."""
    named = [value for value in network.parameters() if value.requires_grad]
    return [
        {"params": [value for value in named if value.ndim >= 2], "weight_decay": settings.decay, "lr": settings.rate},
        {"params": [value for value in named if value.ndim < 2], "weight_decay": 0.0, "lr": settings.rate},
    ]


def _tensors(network: Network, average: Average, optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    out = {f"average.{name}": value for name, value in average.values.items()}
    for name, value in network.named_parameters():
        out[f"network.{name}"] = value
        if moments := optimiser.state.get(value):
            out[f"first.{name}"], out[f"second.{name}"] = moments["exp_avg"], moments["exp_avg_sq"]
            out[f"count.{name}"] = moments["step"]
    return out


def _restore(optimiser: torch.optim.Optimizer, network: Network, past: Checkpoint) -> None:
    first, second, count = past.part("first"), past.part("second"), past.part("count")
    for name, value in network.named_parameters():
        if name in first:
            optimiser.state[value] = {"step": count[name], "exp_avg": first[name], "exp_avg_sq": second[name]}


def _seed(seed: int, batch: int, rank: int) -> int:
    return (seed * 1_000_003 + batch) * 4099 + rank


def _refuse_nan(losses: Mapping[str, Tensor], norm: Tensor | None, step: int, feed: Feed) -> None:
    loss = float(losses["total"])
    if not loss < SAFE or (norm is not None and not torch.isfinite(norm)):
        raise TrainerError(
            f"step {step + 1}, batch {feed.state().batches}: the loss is {loss}, the gradient's norm {norm}.",
            cure="The last checkpoint is whole: go on from it with a lower rate, or look at the batch it names.",
        )


@contextmanager
def _asked_to_end() -> Iterator[list[int]]:
    """A list that fills when SIGTERM or SIGINT comes: the step is finished, a checkpoint written."""
    asked: list[int] = []

    def note(number: int, _: object) -> None:
        asked.append(number)

    before = {number: signal.signal(number, note) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
