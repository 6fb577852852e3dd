"""Does a network use what it sees? Before arms are compared, this is what makes the comparison say anything.

A network is first taught with equal weights and true sight; then every arm of weighting goes on from it with the same
ladder of noise, batches and steps. :func:`measure_sight` asks one arm whether its sight is worth something at contacts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from hobnail_trainer.model.loop import Data
from hobnail_trainer.model.preset import Preset
from hobnail_trainer.reproduce.contacts import CLEAN, DRAWN, Held, View, held_contacts, shown
from hobnail_trainer.reproduce.evened import evened
from hobnail_trainer.reproduce.judged import Judged, judge
from hobnail_trainer.reproduce.model import Cells, Outcome, Rule
from hobnail_trainer.reproduce.registry import Arm, Record, Registry
from hobnail_trainer.reproduce.rules import BySeed, Difference, difference, lower
from hobnail_trainer.suite.intervals import spearman

TEACHER: Final = "equal"  #: weighting of the network that all arms begin with
STILL: Final = "learned_static"
TAUGHT_STEPS: Final = 350
ANOTHER: Final = View("another scene's sight", "another")
NONE: Final = View("no sight", "none")
NOISE: Final = tuple(View(f"{round(100 * level)} % noise", "noise", level) for level in (0.25, 0.5, 1.0))
FRAMES: Final = View("every hop shows another hop's", "frames", 1.0)
HIDDEN: Final = View("hidden", "hidden")
VAGUE: Final = View("vague text", vague=True)
BOTH: Final = View("both", "noise", 0.5, vague=True)
VIEWS: Final = (CLEAN, *NOISE, FRAMES, HIDDEN, VAGUE, BOTH, ANOTHER, NONE)


@dataclass(frozen=True, slots=True)
class Bench:
    """Runs of the two stages, and the blocks that they are judged by."""

    taught: Registry | None  #: None: arms begin from nothing
    arms: Registry
    held: Held
    seeds: tuple[int, ...]


def bench_of(
    folder: Path,
    preset: Preset,
    data: Data,
    seeds: Sequence[int],
    *,
    taught_steps: int = TAUGHT_STEPS,
    drawn: int = DRAWN,
    commit: str = "",
) -> Bench:
    """``preset``: of the arms; the taught network sees nothing but truth. Raises FeedError."""
    true = msgspec.structs.replace(
        preset,
        steps=taught_steps,
        feed=msgspec.structs.replace(preset.feed, degraded=0.0),
    )
    taught = Registry(folder / "taught", true, data, commit=commit, ready=evened(data.train))

    def base(arm: Arm) -> Path:
        return taught.folder / Arm(weighting=TEACHER, seed=arm.seed).name

    arms = Registry(folder / "arms", preset, data, commit=commit, taught=base)
    return Bench(taught, arms, held_contacts(data.held_out, preset.feed, drawn=drawn), tuple(seeds))


def alone_of(bench: Bench, folder: Path, steps: int) -> Bench:
    """The same blocks, seeds and noise; every arm is taught by its own weighting from nothing, in so many steps."""
    preset = msgspec.structs.replace(bench.arms.preset, steps=steps)
    data = bench.arms.data
    arms = Registry(folder, preset, data, commit=bench.arms.commit, ready=evened(data.train))
    return Bench(None, arms, bench.held, bench.seeds)


def ensured(bench: Bench, weightings: Sequence[str], tell: Callable[[str], None]) -> list[Record]:
    """Runs of these arms with every seed; what they begin with is taught first. Raises TrainerError, FeedError."""
    if bench.taught is not None:
        bench.taught.ensure([Arm(weighting=TEACHER, seed=seed) for seed in bench.seeds], tell=tell)
    return bench.arms.ensure([Arm(weighting=name, seed=seed) for seed in bench.seeds for name in weightings], tell=tell)


Scores = dict[str, dict[str, dict[int, Judged]]]
"""View -> arm -> seed."""


def scored(bench: Bench, records: Sequence[Record], views: Sequence[View], tell: Callable[[str], None]) -> Scores:
    """What every run makes of every view."""
    scores: Scores = {view.name: {} for view in views}
    networks = [(record.arm, *bench.arms.network(record.arm)) for record in records]
    for view in views:
        tell(f"asking {len(records)} runs: {view.name}")
        batch = shown(bench.held, view)
        for arm, network, units in networks:
            scores[view.name].setdefault(arm.weighting, {})[arm.seed] = judge(network, units, bench.held, batch)
    return scores


def losses_of(scores: Scores, view: str, arm: str) -> BySeed:
    """Of each block, by seed."""
    return {seed: each.losses for seed, each in scores[view][arm].items()}


def apart(bench: Bench, scores: Scores, ours: tuple[str, str], theirs: tuple[str, str]) -> Difference:
    """(view, arm) less (view, arm), scenes drawn whole."""
    return difference(losses_of(scores, *ours), losses_of(scores, *theirs), bench.held.scenes)


@dataclass(frozen=True, slots=True)
class Validity:
    """What has to hold before arms are compared."""

    heeded: Difference  #: own sight less another scene's: below 0
    reached: Difference  #: clean sight less nothing but noise: below 0

    @property
    def holds(self) -> bool:
        """Both intervals lie below 0 and every seed agrees."""
        return lower(self.heeded) == "supported" and lower(self.reached) == "supported"


def validity_of(bench: Bench, scores: Scores) -> Validity:
    """By learned static weights: no arm that is to be supported decides about it."""
    return Validity(
        apart(bench, scores, (CLEAN.name, STILL), (ANOTHER.name, STILL)),
        apart(bench, scores, (CLEAN.name, STILL), (NOISE[-1].name, STILL)),
    )


def measure_sight(bench: Bench, *, tell: Callable[[str], None]) -> Outcome:
    """The experiment's validity, on one arm. Raises TrainerError, FeedError."""
    scores = scored(bench, ensured(bench, (STILL,), tell), VIEWS, tell)
    found = validity_of(bench, scores)
    rule = "loss at contacts, learned static weights: interval below 0, every seed, three seeds"
    rows = []
    for view in VIEWS:
        mine = scores[view.name][STILL].values()
        rows.append(
            [
                view.name,
                f"{np.mean([each.losses.mean() for each in mine]):.4f}",
                f"{np.mean([spearman(each.made, each.true) for each in mine]):.2f}",
                " / ".join(f"{100.0 * share:.0f}" for share in np.mean([each.weights for each in mine], axis=0)),
            ]
        )
    return Outcome(
        id="sight",
        title="Before weighting is compared: does the network use what it sees?",
        scale=scale_of(bench, 1),
        rules=[
            Rule(
                claim="own sight is worth more than another scene's",
                rule=rule,
                measured=found.heeded.words(),
                verdict=lower(found.heeded),
            ),
            Rule(
                claim="noise takes something away: clean less 100 %",
                rule=rule,
                measured=found.reached.words(),
                verdict=lower(found.reached),
            ),
        ],
        tables=[
            Cells(
                title="Learned static weights, what is seen and told made worse",
                heads=["sight, words", "measured loss at contacts", "level, Spearman", "text / vision / history, %"],
                rows=rows,
            )
        ],
        notes=[
            "Judged are the hops from 3 before a contact to 3 after it; blocks begin 4 to 12 hops before it, so only "
            "sight tells when. Sight is a game's rows, through attention; contacts are not told to hops directly.",
            "Level: how loud those hops are made from noise alone, by rank against how loud they are.",
            "If either rule fails, tables 3 and 8 say nothing about weighting, and their verdicts are not run.",
        ],
    )


def scale_of(bench: Bench, arms: int) -> str:
    """What was run."""
    preset = bench.arms.preset
    taught, scenes = "", len(set(bench.held.scenes))
    if bench.taught is not None:
        taught = f"{bench.taught.preset.steps} steps taught with true sight and equal weights, then "
    return (
        f"preset {preset.name}, {taught}{preset.steps} steps with noise, {preset.feed.tokens} hops a step, "
        f"{len(bench.seeds)} seeds, {arms} arms, {len(bench.held.scenes)} held-out blocks of {scenes} scenes"
    )
