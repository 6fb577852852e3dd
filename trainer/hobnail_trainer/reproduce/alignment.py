"""Table 4: does drawing hidden states to a teacher make training faster, and what does it cost a step?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import msgspec
import numpy as np

from hobnail_trainer.feed.store import FeedStore
from hobnail_trainer.reproduce import claims
from hobnail_trainer.reproduce.conditions import losses, part_blocks
from hobnail_trainer.reproduce.model import Cells, Outcome, Rule
from hobnail_trainer.reproduce.pictures import draw_lines
from hobnail_trainer.reproduce.registry import Arm, Record, Registry
from hobnail_trainer.reproduce.rules import difference, lower

NONE, ITSELF = "none", "itself"


def measure_alignment(
    registry: Registry, held_out: FeedStore, seeds: Sequence[int], pictures: Path, *, tell: Callable[[str], None]
) -> Outcome:
    """Arms: none, itself, and every teacher whose features the registry knows. Raises TrainerError, FeedError."""
    names = [NONE, ITSELF, *registry.features]
    arms = [Arm(aligned=name, seed=seed) for seed in seeds for name in names]
    records = {(record.arm.aligned, record.arm.seed): record for record in registry.ensure(arms, tell=tell)}
    batches = part_blocks(held_out, registry.preset.feed)
    found: dict[str, dict[int, np.ndarray]] = {}
    for (name, seed), record in records.items():
        network, units = registry.network(record.arm)
        found.setdefault(name, {})[seed] = losses(network, units, batches, registry.preset.loss)
    rows = []
    for name, by_seed in found.items():
        mine = [records[name, seed] for seed in by_seed]
        step_s = median(_step_s(registry.folder / record.arm.name) for record in mine)
        rows.append(
            [
                name,
                str(len(mine)),
                f"{np.mean([each.mean() for each in by_seed.values()]):.4f}",
                _speed_up(records, name),
                f"{step_s:.3f} s",
            ]
        )
    rules = [_rule(found, name) for name in names[1:]]
    pictures.mkdir(parents=True, exist_ok=True)
    steps = [step for step, _ in next(iter(records.values())).held_out] if records else []
    curves = {
        name: np.mean([[loss for _, loss in records[name, seed].held_out] for seed in by_seed], axis=0).tolist()
        for name, by_seed in found.items()
    }
    draw_lines(pictures / "table4.png", "held-out flow loss of averaged weights by step", steps, curves)
    claimed = [[name, speed, f"{fad:.2f}"] for name, (speed, fad) in claims.TABLE4.items()]
    return Outcome(
        id="table4",
        title="Table 4: alignment of hidden states",
        scale=(
            f"preset {registry.preset.name} ({registry.preset.network.layers} layers), {registry.preset.steps} steps, "
            f"{len(set(seeds))} seeds, {len(records)} runs, {sum(len(b.clips) for b in batches)} held-out blocks"
        ),
        rules=rules,
        tables=[
            Cells(title="Claimed", heads=["aligned", "claimed speed-up", "claimed FAD"], rows=claimed),
            Cells(
                title="Measured",
                heads=["drawn to", "seeds", "measured loss", "measured speed-up in steps", "median step"],
                rows=rows,
            ),
        ],
        notes=[
            "Speed-up: steps of the plain run over the steps at which the aligned one is as low as that run ends, by "
            "straight lines between looks; below 1 where it never is.",
            "Teachers need features (hobnail-train teacher encode); without --features only self-alignment is run, and "
            "the paper's 8 and 16 blocks of a 16-layer network are not.",
        ],
        pictures=["table4.png"],
    )


def _rule(found: dict[str, dict[int, np.ndarray]], name: str) -> Rule:
    claim = f"drawn to {name}: lower loss after as many steps"
    rule = "loss less that of the plain run: interval below 0, every seed, three seeds"
    if name not in found or NONE not in found:
        return Rule(claim=claim, rule=rule, measured="-", verdict="not run")
    apart = difference(found[name], found[NONE])
    return Rule(claim=claim, rule=rule, measured=apart.words(), verdict=lower(apart))


def _speed_up(records: dict[tuple[str, int], Record], name: str) -> str:
    if name == NONE:
        return "1"
    found = []
    for (arm, seed), record in records.items():
        if arm == name and (NONE, seed) in records:
            found.append(speed_up(_curve(records[NONE, seed]), _curve(record)))
    return ", ".join("never" if each is None else f"{each:.2f}" for each in found) or "-"


def _curve(record: Record) -> list[tuple[int, float]]:
    return record.held_out


def speed_up(plain: Sequence[tuple[int, float]], aligned: Sequence[tuple[int, float]]) -> float | None:
    """How much sooner ``aligned`` is as low as ``plain`` ends; None: never."""
    end, goal = plain[-1]
    before: tuple[int, float] | None = None
    for step, loss in aligned:
        if loss <= goal:
            if before is None or before[1] <= loss:
                return end / step
            share = (before[1] - goal) / (before[1] - loss)
            return end / (before[0] + share * (step - before[0]))
        before = step, loss
    return None


def _step_s(run: Path) -> float:
    lines = [msgspec.json.decode(line) for line in (run / "steps.jsonl").read_text(encoding="utf-8").splitlines()]
    return float(median([line["step_s"] for line in lines if "step_s" in line] or [0.0]))
