"""Trains the flow of a trial, for so many steps or by the clock.

Noise is matched to the spread of each dimension, and so is the loss: a dimension counts as much as it varies. Times are
logit-normal (Esser and others 2024).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec
import numpy as np
import torch

from hobnail_trainer.codec.flow.blocks import Blocks
from hobnail_trainer.codec.flow.network import Flow
from hobnail_trainer.precision import Precision, arithmetic

AVERAGE: Final = 0.999


class Trial(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is trained, and for how long."""

    minutes: float = 30.0
    steps: int = 0  #: end after so many; 0: by the clock
    batch: int = 32
    width: int = 160
    layers: int = 5
    heads: int = 4
    rate: float = 1e-3  #: of learning, falling as a cosine
    passes: int = 8
    guidance: float = 2.0
    seed: int = 1
    threads: int = 1
    precision: Precision = "fp32"


class Trained(NamedTuple):
    """What training ends with."""

    average: dict[str, torch.Tensor]  #: of the weights
    steps: int
    loss: float  #: mean of the last hundred steps, over the spread of the latents
    minutes: float  #: by the clock
    cpu_minutes: float


def train(flow: Flow, blocks: Blocks, trial: Trial, tell: Callable[[str], None]) -> Trained:
    """Trains in place."""
    optimiser = torch.optim.AdamW(flow.parameters(), trial.rate, weight_decay=0.01)
    average = {name: value.clone() for name, value in flow.state_dict().items()}
    spread = torch.from_numpy(blocks.spread)
    losses: list[float] = []
    began, cpu = time.monotonic(), time.process_time()
    while (done := _progress(trial, len(losses), time.monotonic() - began)) < 1.0:
        for group in optimiser.param_groups:
            warm = min(1.0, (len(losses) + 1) / 100.0)
            group["lr"] = trial.rate * warm * 0.5 * (1.0 + np.cos(np.pi * done))
        loss = _loss(flow, blocks, spread, trial)
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(flow.parameters(), 1.0)
        optimiser.step()
        losses.append(loss.item())
        kept = min(AVERAGE, len(losses) / (len(losses) + 10.0))
        for name, value in flow.state_dict().items():
            average[name].lerp_(value, 1.0 - kept)
        if len(losses) % 10 == 0:
            tell(f"step {len(losses)}, loss {np.mean(losses[-100:]):.3f}, {100.0 * done:.0f} %")
    return Trained(
        average=average,
        steps=len(losses),
        loss=round(float(np.mean(losses[-100:])), 4),
        minutes=round((time.monotonic() - began) / 60.0, 2),
        cpu_minutes=round((time.process_time() - cpu) / 60.0, 2),
    )


def _loss(flow: Flow, blocks: Blocks, spread: torch.Tensor, trial: Trial) -> torch.Tensor:
    latents, words = (torch.from_numpy(each) for each in blocks.draw(trial.batch))
    noise = spread * torch.randn(latents.shape)
    t = torch.sigmoid(torch.randn(len(latents)))
    mixed = (1.0 - t)[:, None, None] * latents + t[:, None, None] * noise
    with arithmetic(trial.precision):
        velocity = flow(mixed, t, words)
    loss: torch.Tensor = (velocity.float() - (noise - latents)).square().mean() / spread.square().mean()
    return loss


def _progress(trial: Trial, steps: int, seconds: float) -> float:
    return steps / trial.steps if trial.steps else seconds / (60.0 * trial.minutes)
