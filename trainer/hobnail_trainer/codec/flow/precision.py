"""In which numbers the network is multiplied: fp32, or bfloat16 under torch's autocast where that is faster.

Weights, their average, the optimiser and the loss are float32 in both. Which is faster depends on the processor: with
AVX-512 BF16 a step takes 0.6 of fp32's time, without it bfloat16 is some seventy times slower.
"""

from __future__ import annotations

import copy
import time
from contextlib import AbstractContextManager, nullcontext
from typing import Final, Literal

import torch

from hobnail_trainer.codec.flow.network import Flow

Precision = Literal["fp32", "bf16", "measured"]
"""The last: whichever :func:`faster` finds here."""

TRIED: Final = 3  #: steps of each, after one that warms up


def arithmetic(precision: Precision) -> AbstractContextManager[object]:
    """What the network runs in."""
    return torch.autocast("cpu", torch.bfloat16) if precision == "bf16" else nullcontext()


def faster(flow: Flow, *, batch: int, hops: int) -> Precision:
    """The precision in which a forward and a backward pass take less of the processor's time; fp32 in doubt.

    Draws nothing from torch's generator, and leaves ``flow`` as it was.
    """
    flow = copy.deepcopy(flow)
    block = torch.zeros(batch, hops, flow.enter.in_features)
    words = torch.zeros(batch, flow.words.in_features)
    fp32, bf16 = _seconds(flow, block, words, "fp32"), _seconds(flow, block, words, "bf16")
    return "bf16" if bf16 < 0.9 * fp32 else "fp32"


def _seconds(flow: Flow, block: torch.Tensor, words: torch.Tensor, precision: Precision) -> float:
    """The best of a few passes."""
    best = float("inf")
    for _ in range(1 + TRIED):
        began = time.process_time()
        with arithmetic(precision):
            velocity = flow(block, torch.full((len(block),), 0.5), words)
        velocity.float().square().mean().backward()
        best = min(best, time.process_time() - began)
    return best
