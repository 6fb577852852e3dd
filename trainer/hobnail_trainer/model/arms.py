"""The same short run in several arms: with what is aligned, and without; so many seeds each, all else equal.

An arm's network, batches, noise and number of steps are those of every other arm with the same seed; only what it is
drawn to differs. What is compared is the held-out flow loss of the averaged weights, which alignment has no part in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final

import msgspec

from hobnail.host import Host
from hobnail_plugins.aht.nn.assemble import assemble
from hobnail_trainer.alignment.spec import AlignmentSpec, ToItself, ToTeacher
from hobnail_trainer.errors import TrainerError
from hobnail_trainer.model.checkpoint import load, newest
from hobnail_trainer.model.loop import Data, train
from hobnail_trainer.model.preset import Preset

NONE: Final = "none"
ITSELF: Final = "itself"
PLAIN: Final = (NONE, ITSELF)
"""Arms that hear no teacher."""


class ArmRun(msgspec.Struct, frozen=True, kw_only=True):
    """What one arm gave with one seed."""

    arm: str
    seed: int
    held_out: list[tuple[int, float]]  #: step, loss
    step_s: float  #: median time of a step


def compare_arms(  # noqa: PLR0913 - what is compared, on what, how often, and where it goes
    preset: Preset,
    data: Data,
    to: Path,
    arms: Sequence[str],
    features: Mapping[str, Path],
    seeds: Sequence[int],
    *,
    aligned: ToTeacher | None = None,
    tell: Callable[[str], None],
) -> list[ArmRun]:
    """Train every arm with every seed; runs that are there and whole are kept, so that it can be stopped.

    ``arms``: "none", "itself", or the name of a teacher's ``features``. Raises TrainerError.
    """
    if unknown := [arm for arm in arms if arm not in (*PLAIN, *features)]:
        raise TrainerError(
            f"arm {unknown[0]!r}: neither {' nor '.join(PLAIN)}, and no features are called so.",
            cure=f"--features {unknown[0]}=FOLDER.",
        )
    found = list[ArmRun]()
    for seed in seeds:
        for arm in arms:
            run = to / f"{arm}-{seed}"
            chosen = msgspec.structs.replace(preset, seed=seed, alignment=_spec(arm, preset, aligned))
            if not _is_there(run, chosen):
                make = partial(assemble, chosen.network, Host.discovered())
                tell(f"{arm}, seed {seed}")
                ended = train(run, chosen, data, make, tell=tell, features=features.get(arm))
                if ended.step < chosen.steps:
                    return found
            found.append(_read(run, arm, seed))
    return found


def table_of(runs: Sequence[ArmRun]) -> str:
    """Held-out loss at the end as Markdown: a row an arm, a column a seed, and the mean difference from "none"."""
    seeds = sorted({run.seed for run in runs})
    last = {(run.arm, run.seed): run.held_out[-1][1] for run in runs}
    lines = [
        f"| arm | {' | '.join(f'seed {seed}' for seed in seeds)} | mean | less none (smallest to largest) | s a step |",
        f"|---|{'---:|' * (len(seeds) + 3)}",
    ]
    for arm in dict.fromkeys(run.arm for run in runs):
        values = [last[arm, seed] for seed in seeds if (arm, seed) in last]
        apart = [last[arm, seed] - last[NONE, seed] for seed in seeds if {(arm, seed), (NONE, seed)} <= last.keys()]
        shown = [f"{last[arm, seed]:.4f}" if (arm, seed) in last else "" for seed in seeds]
        beside = f"{_mean(apart):+.4f} ({min(apart):+.4f} to {max(apart):+.4f})" if apart and arm != NONE else ""
        took = median(run.step_s for run in runs if run.arm == arm)
        lines.append(f"| {arm} | {' | '.join(shown)} | {_mean(values):.4f} | {beside} | {took:.2f} |")
    return "\n".join(lines)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _spec(arm: str, preset: Preset, aligned: ToTeacher | None) -> AlignmentSpec:
    middle = (preset.network.layers + 1) // 2
    if arm == NONE:
        return AlignmentSpec()
    if arm == ITSELF:
        return AlignmentSpec(itself=ToItself(depth=max(1, middle - 1), later=preset.network.layers))
    return AlignmentSpec(teacher=aligned or ToTeacher(depth=middle))


def _is_there(run: Path, chosen: Preset) -> bool:
    if not any(run.glob("step-*.safetensors")):
        return False
    state = load(newest(run)).state
    if state.preset != chosen or state.step < chosen.steps:
        raise TrainerError(f"{run}: holds another run, or a part of one.", cure="Remove it, or choose another folder.")
    return True


def _read(run: Path, arm: str, seed: int) -> ArmRun:
    lines = [msgspec.json.decode(line) for line in (run / "steps.jsonl").read_text(encoding="utf-8").splitlines()]
    times = [line["step_s"] for line in lines if "step_s" in line]
    return ArmRun(arm=arm, seed=seed, held_out=load(newest(run)).state.held_out, step_s=median(times))
