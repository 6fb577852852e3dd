"""Which table needs what, and the order in which they are made."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import torch

from hobnail_trainer.corpus.files import write_whole
from hobnail_trainer.errors import TrainerError
from hobnail_trainer.feed.store import FeedStore
from hobnail_trainer.model.checkpoint import load, newest
from hobnail_trainer.model.preset import Preset, read_preset
from hobnail_trainer.reproduce.adaptation import measure_adaptation
from hobnail_trainer.reproduce.alignment import measure_alignment
from hobnail_trainer.reproduce.alone import measure_alone
from hobnail_trainer.reproduce.cost import measure_cost
from hobnail_trainer.reproduce.domains import measure_domains
from hobnail_trainer.reproduce.dominance import measure_dominance
from hobnail_trainer.reproduce.fusion import measure_sinks
from hobnail_trainer.reproduce.model import Outcome, not_run
from hobnail_trainer.reproduce.oscillation import measure_oscillation
from hobnail_trainer.reproduce.precision import measure_precision
from hobnail_trainer.reproduce.registry import Arm, Registry
from hobnail_trainer.reproduce.sight import TAUGHT_STEPS, Bench, alone_of, bench_of, measure_sight
from hobnail_trainer.reproduce.weighting import measure_weighting

OUTCOMES: Final = "outcomes"
PICTURES: Final = "pictures"

TABLES: Final = (
    "sight",
    "table1",
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
)
"""What can be asked for. Table 8 and figure 4 are made with table 3, collapse with table 6, figure 3 with table 7."""

_MADE_BY: Final = {"table8": "table3", "figure4": "table3", "figure3": "table7"}
CHEAP_FIRST: Final = (
    "int8",
    "table7",
    "table6",
    "table5",
    "sight",
    "table3",
    "table3-alone",
    "table1",
    "oscillation",
    "figure2",
    "table9",
    "table4",
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
    adapter_steps: int = 60
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


def _made(  # noqa: PLR0911 - a table of tables
    name: str, sources: Sources, tell: Callable[[str], None]
) -> list[Outcome]:
    registry, pictures = sources.registry, sources.folder / PICTURES
    if name == "int8":
        return [measure_precision(sources.bundle)]
    if name == "table5":
        return [measure_cost(sources.bundle, registry.folder, tell=tell)]
    if name == "table6":
        base = registry.folder / Arm().name if sources.pairs else None
        checkpoint = load(newest(base)) if base and registry.read(Arm()) else None
        return measure_adaptation(checkpoint, sources.pairs, steps=sources.adapter_steps, seed=1, tell=tell)
    if name == "table7":
        return [_ratings()]
    if name == "sight":
        return [measure_sight(sources.bench, tell=tell)]
    if name == "table3":
        return measure_weighting(sources.bench, pictures, tell=tell)
    if name == "table1":
        return [measure_dominance(sources.bench, tell=tell)]
    if name == "oscillation":
        return [measure_oscillation(sources.bench, sources.held_out, tell=tell)]
    if name == "table3-alone":
        return [measure_alone(sources.alone, tell=tell)]
    if name == "figure2":
        return [measure_sinks(sources.alone.arms, sources.alone.held, sources.seeds, tell=tell)]
    if name == "table9":
        preset = sources.words or read_preset("repro_words")
        words = Registry(sources.folder / "words", preset, registry.data, commit=registry.commit)
        return [measure_domains(words, sources.held_out, sources.seeds, tell=tell)]
    return [measure_alignment(registry, sources.held_out, sources.seeds, pictures, tell=tell)]


def _ratings() -> Outcome:
    """Table 7 and figure 3 ask people, or a proxy of them, about sounds whose controls work."""
    return not_run(
        "table7",
        "Table 7 and figure 3: do CSS and COI go with ratings?",
        "correlations of 0.71 to 0.79 and more with ratings of AuditEval",
        "Spearman of each clip's normalised CSS with the audit proxy's score: interval above 0, n 256 or more, the "
        "proxy's own validity beside it",
        "of the bundle's three controls one moves what it should (hobnail-train evaluate, control); AuditEval's "
        "weights and scores are in no package",
    )
