"""Which table needs what, and the order in which they are made."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
import torch

from hobnail.host import Host
from hobnail_plugins.aht.nn.assemble import assemble
from hobnail_trainer.corpus.files import write_whole
from hobnail_trainer.errors import TrainerError
from hobnail_trainer.feed.store import FeedStore
from hobnail_trainer.model.checkpoint import load, newest
from hobnail_trainer.model.preset import Preset, read_preset
from hobnail_trainer.reproduce.adaptation import Scores, measure_scores, table6
from hobnail_trainer.reproduce.alignment import ITSELF, OWN, measure_alignment
from hobnail_trainer.reproduce.alone import measure_alone
from hobnail_trainer.reproduce.collapse import measure_collapse
from hobnail_trainer.reproduce.conditions import part_blocks
from hobnail_trainer.reproduce.cost import measure_cost
from hobnail_trainer.reproduce.domains import measure_domains
from hobnail_trainer.reproduce.dominance import measure_dominance
from hobnail_trainer.reproduce.fusion import measure_sinks
from hobnail_trainer.reproduce.gating import measure_gating
from hobnail_trainer.reproduce.model import Outcome, not_run
from hobnail_trainer.reproduce.oscillation import measure_oscillation
from hobnail_trainer.reproduce.paradigms import measure_paradigms
from hobnail_trainer.reproduce.precision import measure_precision
from hobnail_trainer.reproduce.ratings import measure_ratings
from hobnail_trainer.reproduce.registry import Arm, Registry
from hobnail_trainer.reproduce.sight import TAUGHT_STEPS, Bench, alone_of, bench_of, measure_sight
from hobnail_trainer.reproduce.sounds import measure_long_form, measure_transients
from hobnail_trainer.reproduce.strategies import School
from hobnail_trainer.reproduce.sweep import measure_sweep
from hobnail_trainer.reproduce.weighting import measure_weighting

OUTCOMES: Final = "outcomes"
PICTURES: Final = "pictures"
STRATEGIES: Final = "strategies"
LOADS: Final = "loads"

TABLES: Final = (
    "sight",
    "table1",
    "table2",
    "oscillation",
    "table3",
    "table3-alone",
    "table4",
    "table5",
    "table6",
    "table7",
    "table8",
    "table9",
    "figure2",
    "figure3",
    "figure4",
    "int8",
    "gating",
    "transients",
    "sweep",
    "longform",
)
"""What can be asked for. Table 8 and figure 4 are made with table 3, collapse with table 6, figure 3 with table 7."""

_MADE_BY: Final = {"table8": "table3", "figure4": "table3", "figure3": "table7"}
_FIRST: Final = ("int8", "table7", "table6", "table5", "sight", "table3", "table3-alone", "table1", "oscillation")
CHEAP_FIRST: Final = (
    *_FIRST,
    "figure2",
    "table9",
    "table4",
    "table2",
    "gating",
    "transients",
    "sweep",
    "longform",
)


@dataclass(frozen=True, slots=True)
class Sources:
    """What the tables are made from."""

    folder: Path  #: of runs, outcomes and pictures
    bundle: Path  #: that ships
    registry: Registry
    held_out: FeedStore
    seeds: tuple[int, ...] = (1, 2, 3)
    pairs: tuple[FeedStore, FeedStore] | None = None
    corpus: Path | None = None  #: with recordings, for table 7's proxy
    adapter_steps: int = 80  #: of each strategy of table 6
    router_steps: int = 60  #: of each fit that is asked whether experts collapse
    sight: Preset | None = None  #: of what is asked about sight; None: repro_sight
    words: Preset | None = None  #: of the table of domains; None: repro_words
    taught_steps: int = TAUGHT_STEPS  #: of the networks that arms of weighting begin with

    @property
    def bench(self) -> Bench:
        """Runs and blocks of what is asked about sight. Raises FeedError."""
        preset, registry = self.sight or read_preset("repro_sight"), self.registry
        return bench_of(
            self.folder / "sight",
            preset,
            registry.data,
            self.seeds,
            taught_steps=self.taught_steps,
            commit=registry.commit,
        )

    @property
    def domains(self) -> Registry:
        """Runs of the table of domains."""
        registry = self.registry
        preset = self.words or read_preset("repro_words")
        return Registry(self.folder / "words", preset, registry.data, commit=registry.commit)

    @property
    def alone(self) -> Bench:
        """The same with arms that begin from nothing and take as many steps in all. Raises FeedError."""
        bench = self.bench
        return alone_of(bench, self.folder / "alone", self.taught_steps + bench.arms.preset.steps)


def reproduce(sources: Sources, asked: Sequence[str], *, tell: Callable[[str], None]) -> list[Outcome]:
    """Make them, the cheap ones first; each outcome is kept as soon as it is known. Raises TrainerError, FeedError."""
    if unknown := [name for name in asked if name not in (*TABLES, "all")]:
        raise TrainerError(f"{unknown[0]!r}: no such table.", cure=f"One of {', '.join(TABLES)}, or all.")
    torch.set_num_threads(sources.registry.preset.threads)  # on a busy machine two cost eighteen times one
    wanted = {_MADE_BY.get(name, name) for name in (TABLES if "all" in asked else asked)}
    found = []
    for name in CHEAP_FIRST:
        if name in wanted:
            began = time.monotonic()
            for outcome in _made(name, sources, tell):
                kept = msgspec.structs.replace(
                    outcome, commit=sources.registry.commit, took_s=round(time.monotonic() - began, 1)
                )
                path = sources.folder / OUTCOMES / f"{kept.id}.json"
                write_whole(path, msgspec.json.format(msgspec.json.encode(kept, enc_hook=float), indent=1))
                found.append(kept)
    return found


def read_outcomes(folder: Path) -> list[Outcome]:
    """Every one that is kept, in the order of their names."""
    paths = sorted((folder / OUTCOMES).glob("*.json"))
    return [msgspec.json.decode(path.read_bytes(), type=Outcome) for path in paths]


def take_over(folder: Path, other: Path) -> None:
    """Bring outcomes of another folder that this one does not have, and their pictures. Raises CorpusError."""
    for path in sorted((other / OUTCOMES).glob("*.json")):
        if (mine := folder / OUTCOMES / path.name).is_file():
            continue
        data = path.read_bytes()
        for name in msgspec.json.decode(data, type=Outcome).pictures:
            if (picture := other / PICTURES / name).is_file():
                write_whole(folder / PICTURES / name, picture.read_bytes())
        write_whole(mine, data)


def _made(name: str, sources: Sources, tell: Callable[[str], None]) -> list[Outcome]:
    registry, pictures, held_out, seeds = sources.registry, sources.folder / PICTURES, sources.held_out, sources.seeds
    makers: dict[str, Callable[[], list[Outcome]]] = {
        "int8": lambda: [measure_precision(sources.bundle)],
        "table2": lambda: [measure_paradigms(registry, held_out, seeds, _scores(sources, tell), tell=tell)],
        "sight": lambda: [measure_sight(sources.bench, tell=tell)],
        "table1": lambda: [measure_dominance(sources.bench, tell=tell)],
        "oscillation": lambda: [measure_oscillation(sources.bench, held_out, tell=tell)],
        "table3": lambda: measure_weighting(sources.bench, pictures, tell=tell),
        "table3-alone": lambda: [measure_alone(sources.alone, tell=tell)],
        "table4": lambda: [measure_alignment(registry, held_out, seeds, pictures, tell=tell)],
        "table5": lambda: [measure_cost(sources.bundle, registry.folder, tell=tell)],
        "table6": lambda: [table6(_scores(sources, tell)), _collapsed(sources, tell)],
        "table7": lambda: [_ratings(sources, tell)],
        "table9": lambda: [measure_domains(sources.domains, held_out, seeds, tell=tell)],
        "figure2": lambda: [measure_sinks(sources.alone.arms, sources.alone.held, seeds, tell=tell)],
        "gating": lambda: [measure_gating(registry, registry.data.train, held_out, seeds, tell=tell)],
        "transients": lambda: [measure_transients(registry, held_out, seeds, tell=tell)],
        "sweep": lambda: [_swept(sources, tell)],
        "longform": lambda: [_lasted(sources, tell)],
    }
    return makers[name]()


def _schools(sources: Sources, tell: Callable[[str], None]) -> dict[int, School]:
    """By seed: that seed's own run, and the pairs it is to learn controls from; empty without pairs."""
    if sources.pairs is None:
        return {}
    registry, out = sources.registry, {}
    kept = part_blocks(sources.held_out, registry.preset.feed)
    for record in registry.ensure([Arm(level=True, seed=seed) for seed in sources.seeds], tell=tell):
        base = load(newest(registry.folder / record.arm.name))
        make = partial(assemble, base.state.preset.network, Host.discovered())
        out[record.arm.seed] = School(base, *sources.pairs, kept, make)
    return out


def _scores(sources: Sources, tell: Callable[[str], None]) -> Scores:
    schools = _schools(sources, tell)
    return measure_scores(schools, sources.folder / STRATEGIES, steps=sources.adapter_steps, tell=tell)


def _collapsed(sources: Sources, tell: Callable[[str], None]) -> Outcome:
    schools = _schools(sources, tell)
    school = schools[min(schools)] if schools else None
    return measure_collapse(school, sources.folder / LOADS, sources.seeds, steps=sources.router_steps, tell=tell)


def _swept(sources: Sources, tell: Callable[[str], None]) -> Outcome:
    return measure_sweep(
        sources.registry,
        sources.held_out,
        _schools(sources, tell),
        sources.folder / STRATEGIES,
        teacher=OWN,
        steps=sources.adapter_steps,
        seeds=sources.seeds,
        tell=tell,
    )


def _lasted(sources: Sources, tell: Callable[[str], None]) -> Outcome:
    """A minute with alignment and without; without a teacher's features, to itself."""
    teacher = OWN if OWN in sources.registry.features else ITSELF
    return measure_long_form(sources.registry, sources.held_out, sources.seeds, teacher=teacher, tell=tell)


def _ratings(sources: Sources, tell: Callable[[str], None]) -> Outcome:
    """Table 7 and figure 3 ask a proxy of people, which learns from a corpus."""
    if sources.corpus is not None:
        return measure_ratings(sources.bundle, sources.corpus, sources.folder / PICTURES, tell=tell)
    return not_run(
        "table7",
        "Table 7 and figure 3: do CSS and COI go with ratings? A proxy",
        "correlations of 0.71 to 0.79 and more with ratings of AuditEval",
        "Spearman of each clip's normalised CSS with the audit proxy's score: interval above 0, n 256 or more, the "
        "proxy's own validity beside it",
        "no corpus was given to teach the proxy (--corpus); AuditEval's weights and scores are in no package",
    )
