"""What ``hobnail-train evaluate`` does with a bundle."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import msgspec
from rich.console import Console
from rich.table import Table

from hobnail.errors import ConfigError
from hobnail.settings import closest
from hobnail_trainer.cli.cache import cache_folder
from hobnail_trainer.cli.codec import commit_of


class Asked(NamedTuple):
    """The command line, read."""

    bundle: Path
    corpus: Path
    folder: Path
    split: str
    clips: int | None
    seed: int
    weights: Path
    size: str
    scenes: Path | None
    palettes: tuple[Path, ...]
    sections: tuple[str, ...]


def print_line(words: str) -> None:
    """Where nobody watches a moving line: one for each step."""
    print(words, flush=True)


def judge_bundle(asked: Asked) -> None:
    """Play, judge, write, and say what was met. Raises ConfigError and what the suite raises."""
    from hobnail_trainer.judges import Aisfx, Yamnet
    from hobnail_trainer.suite import (
        FULL,
        QUICK,
        SECTIONS,
        Inputs,
        choose_clips,
        choose_test_clips_for_evaluation,
        open_player,
        run_suite,
        write_report,
    )

    if unknown := [name for name in asked.sections if name not in SECTIONS]:
        raise ConfigError(f"--section {unknown[0]!r}: no such section.", cure=closest(unknown[0], list(SECTIONS)))
    sizes = QUICK if asked.size == "quick" else FULL
    if asked.clips is not None:
        sizes = msgspec.structs.replace(sizes, clips=asked.clips)
    console = Console(highlight=False)
    door = choose_clips if asked.split == "validation" else choose_test_clips_for_evaluation
    with console.status("starting") as status:
        inputs = Inputs(
            bundle=asked.bundle,
            player=open_player(asked.bundle, asked.palettes),
            listening=door(asked.corpus, clips=sizes.clips, train_clips=sizes.train_clips, seed=asked.seed),
            judges=(Yamnet.load(asked.weights), Aisfx.load(asked.weights)),
            store=cache_folder() / "embeddings",
            sizes=sizes,
            scenes=asked.scenes,
            palettes=asked.palettes,
            sections=asked.sections or SECTIONS,
            seed=asked.seed,
            commit=commit_of(),
        )
        built = run_suite(inputs, tell=status.update if console.is_terminal else print_line)
        status.update("the page")
        page = write_report(built, asked.folder)
    table = Table("what", "wanted", "measured", "verdict", box=None)
    for floor in built.report.floors:
        table.add_row(floor.what, floor.wanted, floor.measured, floor.verdict)
    console.print(table)
    console.print(page)
