"""Failure mode: at high rank the expert of intensity takes all. Provoked by leaving out what holds it, then held.

A router begins *even*, or *leaning*: so far towards intensity that it has nine tenths of the load. With our losses
(balance, route, consistency) or without, the load of each expert is read off held-out pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final, Literal

import msgspec
import numpy as np
import torch

from hobnail_plugins.codec.tables import packaged_tables
from hobnail_plugins.moe_lora.nn.arms import MoeLora
from hobnail_plugins.moe_lora.spec import LossWeights
from hobnail_trainer.adapters.attributes import Ear
from hobnail_trainer.adapters.collapse import Collapse, collapse
from hobnail_trainer.adapters.fit import fit_experts
from hobnail_trainer.adapters.model import FitSettings, Lesson
from hobnail_trainer.corpus.files import write_whole
from hobnail_trainer.model.blocks import Units, streams_of
from hobnail_trainer.model.experts import given_of, known_of, settings_for
from hobnail_trainer.model.optimiser import restore_weights
from hobnail_trainer.model.pairs import PairSettings, held_out_pairs, pair_batches
from hobnail_trainer.reproduce.model import NOT_RUN, SUPPORTED, UNSEEN, Cells, Outcome, Rule, Verdict
from hobnail_trainer.reproduce.rules import SEEDS, at_most
from hobnail_trainer.reproduce.strategies import School

Begin = Literal["even", "leaning"]
RANKS: Final[dict[Begin, tuple[int, ...]]] = {"even": (4, 16, 64), "leaning": (4, 64)}
RATE: Final = 5e-3  #: so that a router can go as far in these few steps as it leans
TOKENS: Final = 192  #: hops of a batch
MOST: Final = 0.5  #: of the load, for one expert
LEAN: Final = 3.3  #: of intensity's offset: e^3.3 / (e^3.3 + 3) = 0.9
SUPER: Final = "intensity"
FREE: Final = LossWeights(balance=0.0, route=0.0, consistency=0.0)


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A fit."""

    rank: int
    begin: Begin
    held: bool  #: by the losses of the router
    seed: int

    @property
    def name(self) -> str:
        """Of its file."""
        return f"{self.begin}-{'held' if self.held else 'free'}-rank{self.rank}-{self.seed}"


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it."""

    case: Case
    steps: int
    found: Collapse


def cases(seeds: Sequence[int]) -> list[Case]:
    """Every rank, beginning and seed, held and free; seeds outermost, so that what is there is whole."""
    return [
        Case(rank=rank, begin=begin, held=held, seed=seed)
        for seed in seeds
        for begin, ranks in RANKS.items()
        for rank in ranks
        for held in (True, False)
    ]


def load_of(case: Case, school: School, steps: int) -> Load:
    """Fit experts and look at their router. Raises TrainerError, FeedError."""
    preset, units = school.base.state.preset, Units(school.base.state.scale)
    torch.set_num_threads(preset.threads)
    torch.manual_seed(case.seed)
    network = school.make()
    restore_weights(network, school.base.part("average"))
    network.eval()
    plain = settings_for("moe_lora", case.rank, shared=True)
    settings = msgspec.structs.replace(plain, losses=LossWeights() if case.held else FREE)
    adapter = MoeLora(preset.network, settings)
    if case.begin == "leaning":
        lean(adapter)
    ear = Ear(packaged_tables())
    lesson = Lesson(know=known_of, loss_of=partial(given_of, units=units, precision=preset.precision), ear=ear)
    batches = pair_batches(school.train, preset, units, PairSettings(tokens=TOKENS), case.seed)
    fit_experts(network, adapter, batches, lesson, FitSettings(steps=steps, rate=RATE, seed=case.seed))
    gates, controls = [], []
    with torch.no_grad():
        for batch in held_out_pairs(school.held_out, preset, units, PairSettings()):
            prompt = streams_of(network, batch.blocks).prompt
            shares, _ = adapter.router(prompt, batch.blocks.controls.unsqueeze(1))
            gates.append(shares.squeeze(1).numpy())
            controls.append(batch.blocks.controls.numpy())
    found = collapse(np.concatenate(gates), np.concatenate(controls))
    return Load(case=case, steps=steps, found=found)


@torch.no_grad()
def lean(adapter: MoeLora) -> None:
    """Let intensity's expert begin with nine tenths of the load, whatever is asked and moved."""
    router, experts = adapter.router, adapter.settings.experts
    router.leave.bias.view(len(experts), -1)[experts.index(SUPER), 0] = LEAN  # offsets come first, then slopes


def measure_collapse(
    school: School | None, folder: Path, seeds: Sequence[int], *, steps: int, tell: Callable[[str], None]
) -> Outcome:
    """Every case, kept as a file each. ``school`` None: no pairs were given. Raises TrainerError, FeedError."""
    found = []
    for case in cases(seeds) if school is not None else []:
        path = folder / f"{case.name}.json"
        if not path.is_file():
            tell(f"experts: {case.name}")
            assert school is not None
            load = load_of(case, school, steps)
            write_whole(path, msgspec.json.format(msgspec.json.encode(load), indent=1))
        found.append(msgspec.json.decode(path.read_bytes(), type=Load))
    return outcome_of(found, seeds)


def outcome_of(found: Sequence[Load], seeds: Sequence[int]) -> Outcome:
    """Rules and a table."""
    heads = ["router begins", "losses of the router", "rank", "pitch", "intensity", "texture", "shared", "evenness"]
    rows = []
    for begin, each_rank in RANKS.items():
        for held in (True, False):
            for rank in each_rank:
                mine = [each for each in found if _is(each, begin, held) and each.case.rank == rank]
                if mine:
                    means = np.mean([each.found.load for each in mine], axis=0)
                    even = np.mean([each.found.evenness for each in mine])
                    shares = [f"{each:.2f}" for each in means]
                    rows.append([begin, "on" if held else "off", str(rank), *shares, f"{even:.2f}"])
    scale = ""
    if found:
        ranks, steps = ", ".join(map(str, RANKS["even"])), found[0].steps
        scale = f"ranks {ranks}, {steps} steps of pairs, {len(set(seeds))} seeds, {len(found)} fits"
    return Outcome(
        id="collapse",
        title="Failure mode: do experts collapse as ranks grow?",
        scale=scale,
        rules=_rules(found, len(set(seeds))),
        tables=[Cells(title="Mean load of each expert on held-out pairs", heads=heads, rows=rows)] if rows else [],
        notes=["leaning: intensity's expert begins with nine tenths of the load, whatever is asked and moved."],
    )


def _rules(found: Sequence[Load], seeds: int) -> list[Rule]:
    above, below = f"a load above {MOST:.0%}", f"no load above {MOST:.0%}"
    return [
        _rule(
            "without losses of its router one expert takes over as ranks grow",
            f"{above} at the largest rank with every seed, three seeds; router begins even",
            [each for each in found if _is(each, "even", False) and each.case.rank == max(RANKS["even"])],
            seeds,
            above=True,
        ),
        _rule(
            "with our losses none does",
            f"{below} at any rank, with any seed; router begins even",
            [each for each in found if _is(each, "even", True)],
            seeds * len(RANKS["even"]),
        ),
        _rule(
            "an expert that has taken over stays so without the losses",
            f"{above} at every rank with every seed, three seeds; router begins leaning",
            [each for each in found if _is(each, "leaning", False)],
            seeds * len(RANKS["leaning"]),
            above=True,
        ),
        _rule(
            "our losses bring it back",
            f"{below} at any rank, with any seed; router begins leaning",
            [each for each in found if _is(each, "leaning", True)],
            seeds * len(RANKS["leaning"]),
        ),
    ]


def _rule(claim: str, rule: str, found: Sequence[Load], wanted: int, *, above: bool = False) -> Rule:
    if len(found) < wanted:
        words = (
            f"{len(found)} of {wanted} fits were made" if found else "no fits were made (they need a feed with pairs)"
        )
        return Rule(claim=claim, rule=rule, measured=words, verdict=NOT_RUN)
    loads = [each.found.largest for each in found]
    seeds = {each.case.seed for each in found}
    verdict: Verdict
    if above:
        verdict = SUPPORTED if min(loads) > MOST and len(seeds) >= SEEDS else UNSEEN
    else:
        verdict = at_most(max(loads), MOST)
    words = f"largest load {min(loads):.2f} to {max(loads):.2f}, {len(loads)} fits"
    return Rule(claim=claim, rule=rule, measured=words, verdict=verdict)


def _is(load: Load, begin: str, held: bool) -> bool:
    return load.case.begin == begin and load.case.held == held
