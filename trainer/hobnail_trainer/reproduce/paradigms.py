"""Table 2: other ways to bring conditions in, beside gated cross-attention with dynamic weights.

What a network is told is compared by the held-out flow loss; how controls are followed by the control error of table 6,
whose scores are asked. Networks differ in fusion and weighting alone: batches, noise, seeds and steps are the same. The
plain runs are those of table 4, at a level rate, and so are all others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import msgspec
import numpy as np
import torch

from hobnail_plugins.aht.nn.network import Network
from hobnail_trainer.feed.batch import FeedBatch
from hobnail_trainer.feed.store import FeedStore
from hobnail_trainer.model.blocks import Units, blocks_from, streams_of
from hobnail_trainer.model.preset import FlowLoss
from hobnail_trainer.model.velocity import between, draw, seed_of
from hobnail_trainer.reproduce.adaptation import BELOW, Scores, below, column, mean_of
from hobnail_trainer.reproduce.conditions import CLEAN, losses, part_blocks, scene_blocks
from hobnail_trainer.reproduce.journals import gates_note
from hobnail_trainer.reproduce.model import NOT_RUN, Cells, Outcome, Rule
from hobnail_trainer.reproduce.registry import Arm, Registry
from hobnail_trainer.reproduce.rules import BySeed, difference, lower
from hobnail_trainer.reproduce.strategies import GUIDED

OURS: Final = "gated cross-attention, dynamic weights"
ARMS: Final = {
    OURS: Arm(level=True),
    "static cross-attention": Arm(fusion="vanilla", weighting="learned_static", level=True),
    "late concatenation": Arm(fusion="late", weighting="equal", level=True),
    "projection only": Arm(fusion="projected", weighting="equal", level=True),
}
GUIDANCE: Final = (1.5, 2.0)

Found = dict[str, dict[int, np.ndarray]]


def measure_paradigms(
    registry: Registry, held_out: FeedStore, seeds: Sequence[int], scores: Scores, *, tell: Callable[[str], None]
) -> Outcome:
    """Losses of every arm and seed, and control errors of ``scores``. Raises TrainerError, FeedError."""
    labels = {msgspec.structs.replace(arm, seed=seed): label for seed in seeds for label, arm in ARMS.items()}
    made = registry.ensure(labels, tell=tell)
    sets = {"all": part_blocks(held_out, registry.preset.feed)}
    if "scenes" in held_out.parts:
        sets["scenes"] = scene_blocks(held_out, registry.preset.feed, CLEAN)
    found: dict[str, Found] = {name: {} for name in sets}
    guided: dict[float, dict[int, np.ndarray]] = {}
    for arm in [record.arm for record in made]:
        label = labels[arm]
        tell(f"asking {arm.name}")
        network, units = registry.network(arm)
        for name, batches in sets.items():
            found[name].setdefault(label, {})[arm.seed] = losses(network, units, batches, registry.preset.loss)
        for guidance in GUIDANCE if label == OURS else ():
            each = guided_losses(network, units, sets["all"], registry.preset.loss, guidance)
            guided.setdefault(guidance, {})[arm.seed] = each
    for guidance, by_seed in guided.items():
        found["all"][f"classifier-free guidance of words and sight, {guidance:g}"] = by_seed
    outcome = outcome_of(found, scores, _scale(registry, seeds, len(made), sets))
    gated = [registry.folder / record.arm.name for record in made if labels[record.arm] == OURS]
    return msgspec.structs.replace(outcome, notes=[*outcome.notes, gates_note(gated)]) if gated else outcome


def outcome_of(found: Mapping[str, Found], scores: Scores, scale: str) -> Outcome:
    """Rules and tables."""
    rules = [
        _better(found, name, label)
        for name in found
        for label in dict.fromkeys([*ARMS, *found[name]])
        if label != OURS and OURS in found[name]
    ]
    experts, tokens, tuned = (column(scores, name, "error") for name in ("moe_lora", "tokens", "all"))
    guided = column(scores, "all", "guided_error")
    what = "control error, MoE-LoRA less"
    rules += [
        below("adapters follow controls better than implicit control tokens", f"{what} tokens alone", experts, tokens),
        below(
            "adapters follow controls better than classifier-free guidance of them",
            f"{what} tokens and all weights, guided by {GUIDED:g}",
            experts,
            guided,
        ),
        below(
            "guidance makes controls followed better",
            f"control error, tokens and all weights guided by {GUIDED:g} less unguided",
            guided,
            tuned,
        ),
    ]
    labels = dict.fromkeys(label for by_label in found.values() for label in by_label)
    rows = [[label, *(_mean(found[name].get(label)) for name in found)] for label in labels]
    tables = [Cells(title="Held-out flow loss, means over seeds", heads=["conditions come in by", *found], rows=rows)]
    if scores:
        errors = [
            ["experts behind a router (moe_lora)", _score(scores, "moe_lora", "error")],
            ["adapters (lora)", _score(scores, "lora", "error")],
            ["implicit control tokens, network frozen", _score(scores, "tokens", "error")],
            ["the same, every weight tuned", _score(scores, "all", "error")],
            [f"the same, guided by {GUIDED:g}", _score(scores, "all", "guided_error")],
        ]
        tables.append(Cells(title="Control error (table 6)", heads=["controls come in by", "measured"], rows=errors))
    return Outcome(
        id="table2",
        title="Table 2: other paradigms",
        scale=scale,
        rules=rules,
        tables=tables,
        notes=[
            "The paper's table has words and no numbers, so nothing stands beside ours.",
            "late concatenation: streams side by side before one matrix, added after the last layer's attention alone. "
            "projection only: one vector for a whole block, no hop sees more than another. Guidance: the loss of the "
            "guided velocity, which is no velocity of the data; what it is good for is not the loss.",
        ],
    )


@torch.no_grad()
def guided_losses(
    network: Network, units: Units, batches: Sequence[FeedBatch], loss: FlowLoss, guidance: float
) -> np.ndarray:
    """As :func:`hobnail_trainer.reproduce.conditions.losses`, of the velocity without words and sight, and beyond."""
    found = []
    for number, batch in enumerate(batches):
        blocks = blocks_from(batch, units)
        drawn = draw(blocks.latents.shape, loss, torch.Generator().manual_seed(seed_of(0, number, 0)))
        x = between(blocks.latents, drawn)
        untold = replace(blocks, text_seen=torch.zeros_like(blocks.text_seen))
        untold = replace(untold, has_vision=torch.zeros_like(blocks.has_vision))
        told, free = (
            network(x, drawn.t, drawn.t, blocks.first, blocks.age, streams_of(network, each)).velocity
            for each in (blocks, untold)
        )
        error = free + guidance * (told - free) - (drawn.noise - blocks.latents)
        square = (error.square() * units.counts).mean(dim=-1)
        found.append(((square * blocks.weight).sum(dim=1) / blocks.weight.sum(dim=1).clamp(min=1e-6)).numpy())
    return np.concatenate(found).astype(np.float64)


def _better(found: Mapping[str, Found], name: str, label: str) -> Rule:
    where = "held-out blocks" if name == "all" else f"held-out {name}"
    claim = f"gated cross-attention with dynamic weights is better than {label} ({where})"
    rule = f"loss less that of the other: {BELOW}"
    if label not in found[name]:
        return Rule(claim=claim, rule=rule, measured="its runs were not made", verdict=NOT_RUN)
    apart = difference(found[name][OURS], found[name][label])
    return Rule(claim=claim, rule=rule, measured=apart.words(), verdict=lower(apart))


def _mean(found: BySeed | None) -> str:
    return "-" if not found else f"{np.mean([each.mean() for each in found.values()]):.4f}"


def _score(scores: Scores, strategy: str, name: str) -> str:
    by_seed = scores.get(strategy, {})  # type: ignore[call-overload]  # a strategy's name
    return f"{mean_of(by_seed, name):.3f}" if by_seed else "-"


def _scale(registry: Registry, seeds: Sequence[int], runs: int, sets: Mapping[str, Sequence[FeedBatch]]) -> str:
    blocks = ", ".join(f"{sum(len(batch.clips) for batch in each)} ({name})" for name, each in sets.items())
    return (
        f"preset {registry.preset.name}, {registry.preset.steps} steps, {len(set(seeds))} seeds, {runs} runs, "
        f"held-out blocks {blocks}"
    )
