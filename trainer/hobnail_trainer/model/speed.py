"""How fast training goes, beside what the machine's matrix products reach in the same precision.

FLOPs are counted by torch as it runs (``torch.utils.flop_counter``: matrix products forwards and backwards, nothing
elementwise), on a copy of the network that is not compiled; time is of whole steps: batch, forwards, backwards, AdamW,
average.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Final, NamedTuple

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from hobnail_plugins.aht.nn.network import Network
from hobnail_trainer.feed.feed import Feed
from hobnail_trainer.feed.store import FeedStore
from hobnail_trainer.model.average import Average
from hobnail_trainer.model.blocks import Units, blocks_from
from hobnail_trainer.model.learner import Learner
from hobnail_trainer.model.loop import scale_of
from hobnail_trainer.model.optimiser import optimiser_of
from hobnail_trainer.model.preset import Preset
from hobnail_trainer.model.velocity import draw, seed_of
from hobnail_trainer.precision import arithmetic, in_bf16

BATCHES: Final = 24
WARM: Final = 24  #: batches before, so that every size of block has been compiled
SIZE: Final = 2048  #: of the square matrices that the peak is measured with
REPEATS: Final = 7


class Speed(NamedTuple):
    """What was measured."""

    parameters: int
    threads: int
    batches: int
    tokens: int  #: hops in these batches
    step_s: float
    tokens_per_s: float
    flops_per_token: float
    gflops: float  #: a second, in steps
    peak_gflops: float  #: a second, of one matrix product after the other
    share: float
    peak_rss_gb: float  #: of the process, up to the end


def measure_speed(preset: Preset, store: FeedStore, make: Callable[[], Network], *, batches: int = BATCHES) -> Speed:
    """Run some steps of a preset. Raises FeedError."""
    torch.set_num_threads(preset.threads)
    torch.manual_seed(preset.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    units = Units(scale_of(store), device)
    network, plain = make().to(device), make().to(device)
    if preset.compile:
        torch._dynamo.config.recompile_limit = 64
        for layer in network.layers:
            layer.compile(dynamic=True)
    learner, counted = Learner(network, preset.loss), Learner(plain, preset.loss)
    optimiser, average = optimiser_of(network, preset.optimiser), Average(network, preset.average)
    feed = Feed(store, preset.feed, seed=preset.seed)
    for _ in range(WARM if preset.compile else 1):
        _step(learner, preset, feed, units)
        optimiser.step()
    first = feed.state()
    tokens, began = 0, time.perf_counter()
    for number in range(batches):
        tokens += _step(learner, preset, feed, units)
        nn.utils.clip_grad_norm_(learner.parameters(), preset.optimiser.clip)
        optimiser.step()
        optimiser.zero_grad()
        average.follow(network, number + 1)
    seconds = time.perf_counter() - began
    again, flops = Feed(store, preset.feed, seed=preset.seed, state=first), 0
    for _ in range(batches):
        with FlopCounterMode(display=False) as counter:
            _step(counted, preset, again, units)
        flops += counter.get_total_flops()
        counted.zero_grad()
    peak = matmul_peak(torch.bfloat16 if in_bf16(preset.precision) else torch.float32, device)
    return Speed(
        parameters=sum(value.numel() for value in network.parameters()),
        threads=preset.threads,
        batches=batches,
        tokens=tokens,
        step_s=seconds / batches,
        tokens_per_s=tokens / seconds,
        flops_per_token=flops / tokens,
        gflops=flops / seconds / 1e9,
        peak_gflops=peak / 1e9,
        share=flops / seconds / peak,
        peak_rss_gb=_peak_rss() / 1e9,
    )


def matmul_peak(dtype: torch.dtype, device: torch.device) -> float:
    """FLOPs a second of the fastest of some products of two square matrices."""
    left, right = (torch.randn(SIZE, SIZE, device=device).to(dtype) for _ in range(2))
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        product = left @ right
        float(product[0, 0])  # waits for it
        times.append(time.perf_counter() - began)
    return 2.0 * SIZE**3 / min(times)


def _step(learner: Learner, preset: Preset, feed: Feed, units: Units) -> int:
    """Forwards and backwards; how many tokens there were."""
    blocks = blocks_from(next(feed), units, units.mean.device)
    chance = torch.Generator().manual_seed(seed_of(preset.seed, feed.state().batches, 0))
    drawn = draw(blocks.latents.shape, preset.loss, chance, units.mean.device)
    with arithmetic(preset.precision, units.mean.device.type):
        total = learner(blocks, units, drawn)["total"]
    total.backward()
    return blocks.latents.shape[0] * blocks.latents.shape[1]


def _peak_rss() -> float:
    """Bytes; not a number where the system does not tell."""
    if sys.platform == "win32":
        return float("nan")
    import resource

    found = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(found if sys.platform == "darwin" else found * 1024)
