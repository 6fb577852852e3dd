"""``hobnail-train corpus pairs``: clips changed along one attribute by known amounts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

if TYPE_CHECKING:
    from hobnail_trainer.pairs import Made


@click.command("pairs")
@click.argument("corpus", type=click.Path(path_type=Path, file_okay=False))
@click.option("--seed", default=1, show_default=True, help="Chooses by how much each clip is changed.")
@click.option("--jobs", type=click.IntRange(1, 64), default=min(2, os.cpu_count() or 1), show_default=True)
def pairs(corpus: Path, seed: int, jobs: int) -> None:
    """Change pitch, intensity and texture of the short clips of CORPUS: leaves CORPUS/packs/pairs."""
    from hobnail_trainer.pairs import build_pairs

    console = Console(highlight=False)
    with console.status("starting") as status:
        made = build_pairs(corpus, seed=seed, jobs=jobs, tell=status.update)
    _print(console, corpus, made)


def _print(console: Console, corpus: Path, made: Made) -> None:
    console.print(f"{made.clips} clips, {made.hours:.2f} hours, in {made.seconds:.0f} s: {corpus / 'packs' / 'pairs'}")
    counts = ", ".join(f"{name} {count}" for name, count in (*made.axes.items(), *made.splits.items()))
    console.print(f"  {counts}")
    for reason, count in made.left_out.items():
        console.print(f"  {count:6d} left out: {reason}")
    for fit in made.force:
        if fit.category == "all":
            console.print(
                f"  {fit.measure}: {fit.per_db:+.3f} ± {fit.error:.3f} octaves per dB "
                f"(R² {fit.r2:.3f}, {fit.takes} takes of {fit.families} families)"
            )
    for row in made.cross_talk:
        if row.category == "all":
            console.print(
                f"  {row.axis}: {row.measure} {row.per_span:+.2f} per span, median change {row.still:.2f} (n {row.n})"
            )
