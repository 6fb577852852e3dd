"""The training loop, top to bottom: draw, learn, follow, look, keep.

One process or many (``torchrun``, ``accelerate launch``): each draws batches of its own from the same feed, and all
hold the same weights, whole or shared out. The main process alone writes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import msgspec
import torch
from torch import nn

from hobnail_plugins.aht.nn.network import Network
from hobnail_plugins.aht.spec import LatentScale
from hobnail_trainer.feed.feed import Feed, FeedState
from hobnail_trainer.feed.store import FeedStore
from hobnail_trainer.model.average import Average
from hobnail_trainer.model.blocks import Units, blocks_from
from hobnail_trainer.model.checkpoint import Checkpoint, RunState, save
from hobnail_trainer.model.guards import refuse_loss, refuse_norm
from hobnail_trainer.model.held_out import Judge, block_loss, held_out_loss
from hobnail_trainer.model.journal import Journal
from hobnail_trainer.model.learner import Learner
from hobnail_trainer.model.optimiser import optimiser_of, rate_at, restore_moments, restore_weights, tensors_of
from hobnail_trainer.model.preset import Preset
from hobnail_trainer.model.shards import accelerator_for, even_out, share_out
from hobnail_trainer.model.stopping import asked_to_end
from hobnail_trainer.model.targets import guide_for, open_features
from hobnail_trainer.model.velocity import draw, drop, seed_of


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


def train(  # noqa: PLR0913, PLR0915 - a loop that reads top to bottom
    run: Path,
    preset: Preset,
    data: Data,
    make: Callable[[], Network],
    *,
    tell: Callable[[str], None],
    past: Checkpoint | None = None,
    scale: LatentScale | None = None,
    learner_of: Callable[[Network], nn.Module] | None = None,
    judge: Judge = block_loss,
    stage: str = "flow",
    features: Path | None = None,
) -> RunState:
    """Train until ``preset.steps``, or until a signal asks to end; then the same command goes on.

    ``past``: the checkpoint to go on from. ``scale``: units of weights that were trained before; None: the feed's own,
    or those of ``past``. ``learner_of``: what turns the network's blocks into losses; flow matching and the preset's
    alignment unless told otherwise; its module ``beside``, if any, is kept in checkpoints; ``judge``: the loss
    that it is looked at by; ``stage`` is what checkpoints say of it. ``features``: a teacher's, of this feed.
    Raises TrainerError; the last good checkpoint stays where it is.
    """
    torch.set_num_threads(preset.threads)
    torch.manual_seed(preset.seed)
    accelerator = accelerator_for(preset)
    rank, device, main = accelerator.process_index, accelerator.device, accelerator.is_main_process
    feed = Feed(data.train, preset.feed, seed=preset.seed + rank, state=_of_rank(past, rank))
    teacher = past.state.teacher if past else ""
    known = open_features(features, preset.alignment, data.train, preset.feed, digest=teacher)
    network = make()
    if past is not None:
        restore_weights(network, past.part("network"))
    if preset.compile:
        torch._dynamo.config.recompile_limit = 64  # a graph for each size of block and of vision
        for layer in network.layers:
            layer.compile(dynamic=True)
    drop(network, preset.dropout)
    guide = None if learner_of else guide_for(network, preset.network, preset.alignment, known, past)
    aligning = guide.alignment if guide else None
    learner = learner_of(network) if learner_of else Learner(network, preset.loss, aligning)
    beside = getattr(learner, "beside", None)
    optimiser = optimiser_of(learner, preset.optimiser)
    share_out(accelerator, learner)
    model, wrapped = accelerator.prepare(learner, optimiser)
    average = Average(network, preset.average)
    if past is not None:
        restore_moments(optimiser, network, past, beside)
        average.load(network, past.part("average"))
    scale = past.state.scale if past else scale or scale_of(data.train)
    units = Units(scale, device)
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
            feed=msgspec.structs.replace(feed.state(), seed=preset.seed),
            held_out=seen,
            folder=str(data.train.folder.absolute()),
            stage=stage,
            features=str(features.absolute()) if features else "",
            teacher=guide.teacher if guide else "",
        )
        tensors = tensors_of(network, average, optimiser, beside, keep=main)
        if main:
            save(run, state, tensors)
        return state

    journal = Journal(run, steps=preset.steps, tell=tell) if main else None
    with asked_to_end() as wish, journal or nullcontext():
        while step < preset.steps and not wish.agreed(accelerator):
            rate = rate_at(preset.optimiser, step, preset.steps)
            for group in wrapped.param_groups:
                group["lr"] = rate
            for _ in range(preset.optimiser.accumulate):
                with accelerator.accumulate(model):
                    batch = next(feed)
                    blocks = blocks_from(batch, units, device)
                    seed = seed_of(preset.seed, feed.state().batches, rank)
                    torch.manual_seed(seed)  # of what is dropped: a run that goes on drops the same
                    chance = torch.Generator().manual_seed(seed)
                    drawn = draw(blocks.latents.shape, preset.loss, chance, device)
                    targets = [guide.targets(model, average, batch, blocks, units, drawn, step)] if guide else []
                    losses = model(blocks, units, drawn, *targets)
                    refuse_loss(float(losses["total"].detach()), step, feed.state().batches, batch)
                    accelerator.backward(losses["total"])
                    if accelerator.sync_gradients:
                        even_out(learner)
                        norm = float(accelerator.clip_grad_norm_(model.parameters(), preset.optimiser.clip))
                        refuse_norm(norm, step, feed.state().batches, batch)
                    wrapped.step()
                    wrapped.zero_grad()
            step += 1
            average.follow(network, step)
            figures = {name: float(value) for name, value in losses.items() if name != "total"}
            if journal is not None:
                journal.step(step, {**figures, "norm": norm, "rate": rate})
            if step % preset.judge_every == 0 or step == preset.steps:
                found = held_out_loss(model, network, average, preset, data.held_out, units, judge)
                seen.append((step, found))
                if journal is not None:
                    journal.write(step, {"held_out": seen[-1][1]})
                    tell(f"step {step}: held-out loss {seen[-1][1]:.4f}")
            if step % preset.keep_every == 0:
                keep()
    return keep()


def _of_rank(past: Checkpoint | None, rank: int) -> FeedState | None:
    """Where this process's feed stood: all have drawn as many batches, each by a seed of its own."""
    feed = past.state.feed if past else None
    return msgspec.structs.replace(feed, seed=feed.seed + rank) if feed else None
