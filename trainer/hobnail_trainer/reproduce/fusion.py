"""Attention sinks before and after gating (figure 2's claim, 46.7 to 4.8 %), and what evicting memory costs either."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import torch

from hobnail_plugins.aht.nn.network import Network, Streams
from hobnail_plugins.aht.nn.probes import LayerFigures, eviction_costs, look_into
from hobnail_trainer.feed.batch import FeedBatch
from hobnail_trainer.feed.store import FeedStore
from hobnail_trainer.model.blocks import Units, blocks_from, streams_of
from hobnail_trainer.model.preset import FlowLoss
from hobnail_trainer.model.velocity import between, counted, draw
from hobnail_trainer.reproduce import claims
from hobnail_trainer.reproduce.conditions import CLEAN, scene_blocks
from hobnail_trainer.reproduce.model import SUPPORTED, UNSEEN, Cells, Outcome, Rule
from hobnail_trainer.reproduce.registry import Arm, Registry

ARMS: Final = ("vanilla", "gca_literal", "gca_g1")
TIMES: Final = 3.0  #: attention to all alike: below so many times it there is no sink to remove


def measure_sinks(
    registry: Registry, held_out: FeedStore, seeds: Sequence[int], *, tell: Callable[[str], None]
) -> Outcome:
    """First-token share within blocks and the largest share of any token, per arm. Raises TrainerError, FeedError."""
    arms = [Arm(fusion=fusion, seed=seed) for seed in seeds for fusion in ARMS]
    there = [record.arm for record in registry.ensure(arms, tell=tell)]
    batch = scene_blocks(held_out, registry.preset.feed, CLEAN, count=1)[0]
    shares: dict[str, list[tuple[float, float, float, float]]] = {}
    costs: dict[str, list[dict[int, float]]] = {}
    for arm in there:
        tell(f"looking into {arm.name}")
        network, units = registry.network(arm)
        layers, evicted = looked(network, units, batch)
        shares.setdefault(arm.fusion, []).append(sink_of(layers))
        costs.setdefault(arm.fusion, []).append(evicted)
    rows = [
        [fusion, f"{len(found)}", *(f"{100.0 * each:.1f} %" for each in np.mean(found, axis=0))]
        for fusion, found in shares.items()
    ]
    lost = [
        [fusion, *(f"{np.mean([each[hops] for each in found]):+.4f}" for hops in sorted(found[0]))]
        for fusion, found in costs.items()
    ]
    hops = sorted(next(iter(costs.values()))[0]) if costs else []
    heads = ["fusion", "seeds", "first token, within blocks", "the same, all alike", "largest, streams", "all alike"]
    return Outcome(
        id="figure2",
        title="Figure 2: attention sinks, before and after gating",
        scale=(
            f"preset {registry.preset.name}, {registry.preset.steps} steps, {len(set(seeds))} seeds, "
            f"{len(there)} runs, {len(batch.clips)} held-out blocks of 64 hops"
        ),
        rules=[_rule(shares)],
        tables=[
            Cells(
                title=f"Shares of attention; claimed {claims.SINKS[0]} % before, {claims.SINKS[1]} % after",
                heads=heads,
                rows=rows,
            ),
            Cells(
                title="Loss that evicting the oldest remembered hops adds",
                heads=["fusion", *(f"{each} hops" for each in hops)],
                rows=lost,
            ),
        ],
        notes=["gca_literal is the paper's formula, a gate on the finished output; gca_g1 adds one inside the heads."],
    )


def _rule(shares: dict[str, list[tuple[float, float, float, float]]]) -> Rule:
    claim = "gating takes the share of the sink from 46.7 to 4.8 %"
    rule = (
        f"without gates above {TIMES:g} times what attention to all alike gives, with gates at most half of that, "
        "every seed, three seeds"
    )
    if not {"vanilla", "gca_g1"} <= shares.keys():
        return Rule(claim=claim, rule=rule, measured="-", verdict="not run")
    before, after = (np.array(shares[name]) for name in ("vanilla", "gca_g1"))
    count = min(len(before), len(after))
    there = bool((before[:, 0] > TIMES * before[:, 1]).all())
    halved = bool((after[:count, 0] <= 0.5 * before[:count, 0]).all())
    parts = (before[:, 0], after[:, 0], before[:, 1])
    words = "{:.1f} % without, {:.1f} % with; all alike {:.1f} %".format(*(100.0 * each.mean() for each in parts))
    if not there:
        words += ": no sink at this scale"
    return Rule(
        claim=claim, rule=rule, measured=words, verdict=SUPPORTED if there and halved and count >= 3 else UNSEEN
    )


def sink_of(layers: Sequence[LayerFigures]) -> tuple[float, float, float, float]:
    """(first token's share in blocks, the same of all alike, largest share in streams, the same of all alike)."""
    streams = [each for layer in layers for each in layer.streams.values()]
    return (
        float(np.mean([layer.itself.found.first for layer in layers])),
        float(np.mean([layer.itself.uniform.first for layer in layers])),
        float(np.mean([each.found.most for each in streams])) if streams else 0.0,
        float(np.mean([each.uniform.most for each in streams])) if streams else 0.0,
    )


@torch.no_grad()
def looked(network: Network, units: Units, batch: FeedBatch) -> tuple[tuple[LayerFigures, ...], dict[int, float]]:
    """Figures of every layer, and the loss that evicting remembered hops adds."""
    blocks = blocks_from(batch, units)
    drawn = draw(blocks.latents.shape, FlowLoss(), torch.Generator().manual_seed(0))
    x = between(blocks.latents, drawn)

    def call(streams: Streams) -> torch.Tensor:
        velocity: torch.Tensor = network(x, drawn.t, drawn.t, blocks.first, blocks.age, streams).velocity
        return velocity

    def loss(streams: Streams) -> torch.Tensor:
        return counted(call(streams) - (drawn.noise - blocks.latents), blocks.weight, units)

    streams = streams_of(network, blocks)
    layers = look_into(network, lambda: network(x, drawn.t, drawn.t, blocks.first, blocks.age, streams))
    return layers, eviction_costs(loss, streams)
