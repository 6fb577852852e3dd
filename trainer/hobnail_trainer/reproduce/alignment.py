"""Table 4: does drawing hidden states to a teacher make training faster, and what does it cost a step?

All runs of this table learn at a level rate (``Arm.level``): where a rate falls at the end every loss drops with it,
and the steps to a loss say little. The losses are those of averaged weights.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Final

import msgspec
import numpy as np

from hobnail_trainer.alignment.spec import Arm as How
from hobnail_trainer.feed.store import FeedStore
from hobnail_trainer.reproduce import claims
from hobnail_trainer.reproduce.conditions import losses, part_blocks
from hobnail_trainer.reproduce.model import NOT_RUN, Cells, Outcome, Rule
from hobnail_trainer.reproduce.pictures import draw_lines
from hobnail_trainer.reproduce.registry import Arm, Record, Registry
from hobnail_trainer.reproduce.rules import BySeed, difference, lower
from hobnail_trainer.reproduce.speed import Ratio, above_one, ratio_of, speed_ratio

NONE, ITSELF, OWN = "none", "itself", "own"
HOWS: Final[tuple[How, ...]] = ("irepa", "repa", "conv_only", "norm_only")
RIVALS: Final = (
    ("own, irepa", "random, irepa", "what the teacher knows helps: iREPA of it below iREPA of a random network"),
    ("own, irepa", "shuffled, irepa", "where it knows it helps: iREPA of it below iREPA of its hops in disorder"),
    ("own, irepa", "own, repa", "iREPA is better than REPA"),
)
_BELOW: Final = "loss less that of the other: interval below 0, every seed, three seeds"

Records = Mapping[str, Mapping[int, Record]]
"""Label of an arm -> seed -> its run."""


def alignment_arms(features: Sequence[str]) -> dict[str, Arm]:
    """Arms by label: none, itself, iREPA of every teacher, and of "own" what iREPA is made of."""
    arms = {NONE: Arm(level=True), ITSELF: Arm(aligned=ITSELF, level=True)}
    arms |= {f"{name}, irepa": Arm(aligned=name, level=True) for name in features}
    if OWN in features:
        arms |= {f"{OWN}, {how}": Arm(aligned=OWN, how=how, level=True) for how in HOWS}
    return arms


def measure_alignment(
    registry: Registry, held_out: FeedStore, seeds: Sequence[int], pictures: Path, *, tell: Callable[[str], None]
) -> Outcome:
    """Every arm of :func:`alignment_arms`, of the features that the registry knows. Raises TrainerError, FeedError."""
    arms = alignment_arms(list(registry.features))
    wanted = [(label, seed, msgspec.structs.replace(arm, seed=seed)) for seed in seeds for label, arm in arms.items()]
    made = registry.ensure([arm for _, _, arm in wanted], tell=tell)
    records: dict[str, dict[int, Record]] = {}
    for (label, seed, _), record in zip(wanted, made, strict=False):
        records.setdefault(label, {})[seed] = record
    batches = part_blocks(held_out, registry.preset.feed)
    found: dict[str, dict[int, np.ndarray]] = {}
    for label, by_seed in records.items():
        tell(f"asking {label}")
        for seed, record in by_seed.items():
            network, units = registry.network(record.arm)
            found.setdefault(label, {})[seed] = losses(network, units, batches, registry.preset.loss)
    costs = {label: cost_of(registry, by_seed) for label, by_seed in records.items()}
    pictures.mkdir(parents=True, exist_ok=True)
    _draw(records, pictures / "table4.png")
    claimed = [[name, speed, f"{fad:.2f}"] for name, (speed, fad) in claims.TABLE4.items()]
    heads = ["drawn to", "seeds", "measured loss", "speed-up in steps", "in time", "a step costs", "more"]
    return Outcome(
        id="table4",
        title="Table 4: alignment of hidden states",
        scale=(
            f"preset {registry.preset.name} ({registry.preset.network.layers} layers) at a level rate, "
            f"{registry.preset.steps} steps, {len(set(seeds))} seeds, {len(made)} runs, "
            f"{sum(len(batch.clips) for batch in batches)} held-out blocks"
        ),
        rules=[*_speed_rules(records), *_loss_rules(found)],
        tables=[
            Cells(title="Claimed", heads=["aligned", "claimed speed-up", "claimed FAD"], rows=claimed),
            Cells(title="Measured", heads=heads, rows=_rows(records, found, costs)),
        ],
        notes=[
            "Speed-up: steps of the plain run over the steps at which the aligned one is as low as that run ends, by "
            "straight lines between looks; where it never is, below 1: the same the other way round. Geometric mean "
            "over seeds, Student's interval of 95 % on the logarithms. In time: times what a step costs, as seconds of "
            "processor, in which a tenth is noise where other work runs beside; fitting and encoding a teacher comes "
            "on top.",
            "random: the teacher's network as it was drawn. shuffled: the teacher's hops in disorder. itself: a later "
            "layer of the averaged network at less noise (SRA).",
            "The paper's 8 and 16 blocks are of a deeper network; 16 layers at this width would take four times the "
            "hours that these runs had, and were not run.",
        ],
        pictures=["table4.png"],
    )


def cost_of(registry: Registry, by_seed: Mapping[int, Record]) -> float:
    """Median seconds of processor that a step takes, of the lines of a journal that hold no look at held-out blocks."""
    every, found = registry.preset.judge_every, []
    for record in by_seed.values():
        lines = (registry.folder / record.arm.name / "steps.jsonl").read_text(encoding="utf-8").splitlines()
        rows = [msgspec.json.decode(line) for line in lines]
        found += [row["cpu_s"] for row in rows if "cpu_s" in row and row["step"] % every == 0]
    return float(median(found or [0.0]))


def _rows(records: Records, found: Mapping[str, BySeed], costs: Mapping[str, float]) -> list[list[str]]:
    rows = []
    for label, by_seed in records.items():
        loss = f"{np.mean([each.mean() for each in found[label].values()]):.4f}"
        more = costs[label] / costs[NONE] if costs.get(NONE) else float("nan")
        if label == NONE:
            steps, hours = "1", "1"
        else:
            ratio = _ratio(records, label)
            steps, hours = ratio.words(), f"{ratio.value / more:.2f}"
        rows.append([label, str(len(by_seed)), loss, steps, hours, f"{costs[label]:.3f} s", f"{more - 1.0:+.0%}"])
    return rows


def _ratio(records: Records, label: str) -> Ratio:
    plain, ours = records[NONE], records[label]
    return ratio_of([speed_ratio(plain[seed].held_out, ours[seed].held_out) for seed in ours if seed in plain])


def _speed_rules(records: Records) -> list[Rule]:
    rule = "speed-up in steps: interval above 1, every seed above 1, three seeds"
    out = []
    for label in [each for each in records if each != NONE]:
        ratio = _ratio(records, label)
        claim = f"drawn to {label}: fewer steps to the loss at which the plain run ends"
        out.append(Rule(claim=claim, rule=rule, measured=ratio.words(), verdict=above_one(ratio)))
    return out


def _loss_rules(found: Mapping[str, BySeed]) -> list[Rule]:
    plain = [(label, NONE, f"drawn to {label}: lower loss after as many steps") for label in found if label != NONE]
    out = []
    for ours, theirs, claim in [*plain, *RIVALS]:
        if {ours, theirs} <= found.keys():
            apart = difference(found[ours], found[theirs])
            out.append(Rule(claim=claim, rule=_BELOW, measured=apart.words(), verdict=lower(apart)))
        else:
            why = "no features of that teacher were given (hobnail-train teacher encode)"
            out.append(Rule(claim=claim, rule=_BELOW, measured=why, verdict=NOT_RUN))
    return out


def _draw(records: Records, path: Path) -> None:
    if not records:
        return
    steps = [step for step, _ in next(iter(next(iter(records.values())).values())).held_out]
    curves = {
        label: np.mean([[loss for _, loss in record.held_out] for record in by_seed.values()], axis=0).tolist()
        for label, by_seed in records.items()
    }
    draw_lines(path, "held-out flow loss of averaged weights by step", steps, curves)
