"""Weights of the losses beside the flow's: the paper calls their balance fragile, and too much of either harmful."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from hobnail_plugins.moe_lora.spec import LossWeights
from hobnail_trainer.corpus.files import write_whole
from hobnail_trainer.feed.store import FeedStore
from hobnail_trainer.reproduce.adaptation import below
from hobnail_trainer.reproduce.conditions import losses, part_blocks
from hobnail_trainer.reproduce.model import Cells, Outcome, Rule
from hobnail_trainer.reproduce.registry import Arm, Registry
from hobnail_trainer.reproduce.strategies import School, Score, score_of

PULLS: Final = (0.0, 0.1, 0.5, 1.0, 2.0)  #: weight of the alignment
TIMES: Final = (0.0, 1.0, 10.0)  #: of our weights of attribute and cross-talk, 0.05 each
USUAL: Final = 0.5
MOST_PULL, MOST_TIMES = max(PULLS), max(TIMES)

ByPull = dict[float, dict[int, np.ndarray]]


def measure_sweep(  # noqa: PLR0913 - two sweeps and where they are kept
    registry: Registry,
    held_out: FeedStore,
    schools: Mapping[int, School],
    folder: Path,
    *,
    teacher: str,
    steps: int,
    seeds: Sequence[int],
    tell: Callable[[str], None],
) -> Outcome:
    """Both sweeps; without a teacher's features, or without ``schools``, that one is not run."""
    aligned: ByPull = {}
    if teacher in registry.features:
        batches = part_blocks(held_out, registry.preset.feed)
        for record in registry.ensure([pulled(teacher, pull, seed) for seed in seeds for pull in PULLS], tell=tell):
            arm = record.arm
            network, units = registry.network(arm)
            pull = 0.0 if arm.aligned == "none" else arm.pull
            aligned.setdefault(pull, {})[arm.seed] = losses(network, units, batches, registry.preset.loss)
    scores: dict[float, dict[int, Score]] = {}
    for seed, school in schools.items():
        for times in TIMES:
            path = folder / f"moe_lora-times{times:g}-{seed}.json"
            if not path.is_file():
                tell(f"fitting experts, {times:g} times the losses of control, seed {seed}")
                usual = LossWeights()
                weights = msgspec.structs.replace(
                    usual, attribute=times * usual.attribute, cross_talk=times * usual.cross_talk
                )
                score = score_of("moe_lora", school, steps=steps, seed=seed, weights=weights)
                write_whole(path, msgspec.json.format(msgspec.json.encode(score), indent=1))
            scores.setdefault(times, {})[seed] = msgspec.json.decode(path.read_bytes(), type=Score)
    scale = f"preset {registry.preset.name}, {registry.preset.steps} steps aligned, {steps} steps of pairs"
    return outcome_of(aligned, scores, scale)


def pulled(teacher: str, pull: float, seed: int) -> Arm:
    """The run of a weight; those of table 4 where it has them."""
    return Arm(level=True, seed=seed) if pull == 0.0 else Arm(aligned=teacher, pull=pull, level=True, seed=seed)


def outcome_of(aligned: ByPull, scores: Mapping[float, Mapping[int, Score]], scale: str) -> Outcome:
    """Rules and tables."""
    tables = []
    if aligned:
        rows = [
            [f"{pull:g}", str(len(by_seed)), f"{np.mean([each.mean() for each in by_seed.values()]):.4f}"]
            for pull, by_seed in sorted(aligned.items())
        ]
        heads = ["weight of the alignment (iREPA, own teacher)", "seeds", "held-out flow loss"]
        tables.append(Cells(title="Alignment", heads=heads, rows=rows))
    if scores:
        rows = [
            [
                f"{times:g}",
                str(len(by_seed)),
                f"{_mean(by_seed, 'error'):.3f}",
                f"{_mean(by_seed, 'talk'):.3f}",
                f"{np.mean([each.pairs[1] for each in by_seed.values()]):.4f}",
            ]
            for times, by_seed in sorted(scores.items())
        ]
        heads = ["times our weights of control", "seeds", "control error", "cross-talk", "held-out loss of pairs"]
        tables.append(Cells(title="Control (MoE-LoRA)", heads=heads, rows=rows))
    return Outcome(
        id="sweep",
        title="Weights of alignment and control",
        scale=scale if tables else "",
        rules=_rules(aligned, scores),
        tables=tables,
    )


def _rules(aligned: ByPull, scores: Mapping[float, Mapping[int, Score]]) -> list[Rule]:
    error = {times: {seed: np.array(each.error) for seed, each in by.items()} for times, by in scores.items()}
    return [
        below(
            "too much alignment hurts",
            f"loss at weight {USUAL:g} less that at {MOST_PULL:g}",
            aligned.get(USUAL, {}),
            aligned.get(MOST_PULL, {}),
        ),
        below(
            "losses of control make controls followed better",
            "control error with our weights less that without",
            error.get(1.0, {}),
            error.get(0.0, {}),
        ),
        below(
            "too much of them hurts",
            f"control error with our weights less that with {MOST_TIMES:g} times as much",
            error.get(1.0, {}),
            error.get(MOST_TIMES, {}),
        ),
    ]


def _mean(by_seed: Mapping[int, Score], name: str) -> float:
    return float(np.mean([np.mean(getattr(score, name)) for score in by_seed.values()]))
