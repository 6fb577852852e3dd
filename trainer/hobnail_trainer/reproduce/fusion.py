"""Attention sinks before and after gating (figure 2's claim, 46.7 to 4.8 %), and what evicting memory costs either.

Our attention to a stream has a slot to rest in, as models without one make of their first token; blocks attend to
themselves in both directions, so their first hop has no privilege. So three places are looked at: the slots, the token
that gets most inside a block, and the first hop for comparison with the paper's number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch

from hobnail_plugins.aht.nn.network import Network, Streams
from hobnail_plugins.aht.nn.probes import LayerFigures, eviction_costs, look_into
from hobnail_trainer.model.blocks import Blocks, Units, blocks_from, part_of, streams_of
from hobnail_trainer.model.velocity import counted
from hobnail_trainer.reproduce import claims
from hobnail_trainer.reproduce.contacts import CLEAN, Held, shown
from hobnail_trainer.reproduce.judged import passed
from hobnail_trainer.reproduce.model import SUPPORTED, UNSEEN, Cells, Outcome, Rule
from hobnail_trainer.reproduce.registry import Arm, Registry

ARMS: Final = ("vanilla", "gca_literal", "gca_g1")
TIMES: Final = 3.0  #: attention to all alike: below so many times it there is no sink to remove
EVICTED: Final = (1, 4, 8)
AT: Final = 0.85  #: flow time of what is looked at


@dataclass(frozen=True, slots=True)
class Sinks:
    """Shares of attention, means over layers; the second of a pair is that of attention to all alike."""

    slots: tuple[float, float]  #: of all attention to a stream, what rests in its slot, mean over streams
    most: tuple[float, float]  #: of a block's attention to itself, the token with the largest share
    first: tuple[float, float]  #: the same of its first hop
    entropy: float  #: of attention to streams, normalised
    gate: float  #: mean of what mixes in


def measure_sinks(registry: Registry, held: Held, seeds: Sequence[int], *, tell: Callable[[str], None]) -> Outcome:
    """Where attention rests, and what evicting memory costs, per arm. Raises TrainerError, FeedError."""
    arms = [Arm(fusion=fusion, seed=seed) for seed in seeds for fusion in ARMS]
    there = [record.arm for record in registry.ensure(arms, tell=tell)]
    sinks: dict[str, list[Sinks]] = {}
    costs: dict[str, list[dict[str, float]]] = {}
    hops = 0.0
    for arm in there:
        tell(f"looking into {arm.name}")
        network, units = registry.network(arm)
        blocks = remembering(blocks_from(shown(held, CLEAN), units), network.spec.history_hops)
        hops = float(blocks.history_seen[:, -network.spec.history_hops :].sum(dim=1).float().mean())
        found, evicted = looked(network, units, blocks)
        sinks.setdefault(arm.fusion, []).append(found)
        costs.setdefault(arm.fusion, []).append(evicted)
    rows = [
        [
            fusion,
            str(len(found)),
            *(_pair([getattr(each, name) for each in found]) for name in ("slots", "most", "first")),
            f"{np.mean([each.entropy for each in found]):.2f}",
            f"{np.mean([each.gate for each in found]):.2f}",
        ]
        for fusion, found in sinks.items()
    ]
    names = list(next(iter(costs.values()))[0]) if costs else []
    lost = [[fusion, *(_spread([each[name] for each in found]) for name in names)] for fusion, found in costs.items()]
    heads = ["fusion", "seeds", "rests in slots of streams", "largest within blocks", "first hop within blocks"]
    return Outcome(
        id="figure2",
        title="Figure 2: attention sinks, before and after gating",
        scale=(
            f"preset {registry.preset.name}, {registry.preset.steps} steps from nothing, {len(set(seeds))} seeds, "
            f"{len(there)} runs, {len(held.scenes)} held-out blocks, those with {hops:.0f} hops of history"
        ),
        rules=[_rule(sinks, "slots", "the slots of streams"), _rule(sinks, "most", "one token within blocks")],
        tables=[
            Cells(
                title=(
                    f"Shares of attention, of all alike behind the slash; claimed {claims.SINKS[0]} % before, "
                    f"{claims.SINKS[1]} % after"
                ),
                heads=[*heads, "entropy, streams", "mean gate"],
                rows=rows,
            ),
            Cells(
                title="Loss that evicting remembered hops adds, mean over seeds and their range",
                heads=["fusion", *names],
                rows=lost,
            ),
        ],
        notes=[
            "gca_literal is the paper's formula, a gate on the finished output; gca_g1 adds one inside the heads.",
            "Evicting the newest hops and all of them is the control: it shows what history is worth at all.",
        ],
    )


def _rule(sinks: dict[str, list[Sinks]], where: str, words: str) -> Rule:
    claim = f"gating takes the share of the sink from 46.7 to 4.8 %: {words}"
    rule = (
        f"without gates above {TIMES:g} times what attention to all alike gives, with gates (gca_g1) at most half of "
        "that, every seed, three seeds"
    )
    if not {"vanilla", "gca_g1"} <= sinks.keys():
        return Rule(claim=claim, rule=rule, measured="-", verdict="not run")
    before, after = (np.array([getattr(each, where) for each in sinks[name]]) for name in ("vanilla", "gca_g1"))
    count = min(len(before), len(after))
    there = bool((before[:, 0] > TIMES * before[:, 1]).all())
    halved = bool((after[:count, 0] <= 0.5 * before[:count, 0]).all())
    parts = (before[:, 0], after[:, 0], before[:, 1])
    said = "{:.1f} % without, {:.1f} % with; all alike {:.1f} %".format(*(100.0 * each.mean() for each in parts))
    if not there:
        said += ": no sink at this scale"
    elif not halved:
        said += ": a sink, and gates leave it"
    refuted = there and count >= 3 and bool((after[:count, 0] >= before[:count, 0]).all())
    verdict = SUPPORTED if there and halved and count >= 3 else "not supported" if refuted else UNSEEN
    return Rule(claim=claim, rule=rule, measured=said, verdict=verdict)


def sinks_of(layers: Sequence[LayerFigures]) -> Sinks:
    """Means over layers, and over streams that were seen."""
    rest = [each for layer in layers for each in layer.rest.values()]
    within = [layer.itself for layer in layers]

    def mean(values: Sequence[float]) -> float:
        return float(np.mean(values)) if values else 0.0

    return Sinks(
        slots=(mean([each.share for each in rest]), mean([each.uniform for each in rest])),
        most=(mean([each.found.most for each in within]), mean([each.uniform.most for each in within])),
        first=(mean([each.found.first for each in within]), mean([each.uniform.first for each in within])),
        entropy=mean([each.found.entropy for layer in layers for each in layer.streams.values()]),
        gate=mean([layer.gates["reported"].mean for layer in layers]),
    )


def remembering(blocks: Blocks, hops: int) -> Blocks:
    """Those with as long a history as a network can hold."""
    rows = (blocks.history_seen[:, -hops:].sum(dim=1) == hops).nonzero().squeeze(-1)
    return part_of(blocks, rows)


@torch.no_grad()
def looked(network: Network, units: Units, blocks: Blocks) -> tuple[Sinks, dict[str, float]]:
    """Where attention rests, and the loss that evicting remembered hops adds."""
    noise = torch.randn(blocks.latents.shape, generator=torch.Generator().manual_seed(11))
    at = torch.full((len(noise),), AT)
    layers = look_into(network, lambda: passed(network, blocks, noise, at)[0])
    x = (1.0 - AT) * blocks.latents + AT * noise

    def loss(streams: Streams) -> torch.Tensor:
        given = network(x, at, at, blocks.first, blocks.age, streams)
        return counted(given.velocity - (noise - blocks.latents), blocks.weight, units)

    streams = streams_of(network, blocks)
    oldest = eviction_costs(loss, streams, counts=EVICTED)
    newest = eviction_costs(loss, streams, counts=(*EVICTED, network.spec.history_hops), end="newest")
    out = {f"{hops} oldest": cost for hops, cost in oldest.items()}
    out |= {f"{hops} newest": cost for hops, cost in list(newest.items())[:-1]}
    return sinks_of(layers), out | {"all": newest[network.spec.history_hops]}


def _pair(pairs: Sequence[tuple[float, float]]) -> str:
    found, even = np.mean(pairs, axis=0)
    return f"{100.0 * found:.1f} % / {100.0 * even:.1f} %"


def _spread(values: Sequence[float]) -> str:
    return f"{np.mean(values):+.4f} ({min(values):+.4f} to {max(values):+.4f})"
