"""``hobnail-train reproduce``: the paper's tables, claimed beside measured."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from hobnail_trainer.cli.codec import commit_of

_FOLDER = click.Path(path_type=Path, file_okay=False)


def _seeds(_context: click.Context, _parameter: click.Parameter, value: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in value.split(","))
    except ValueError as error:
        raise click.BadParameter(f"{value!r}: expected whole numbers, with commas between.") from error


@click.command("reproduce")
@click.argument("tables", nargs=-1)
@click.option("--feed", type=_FOLDER, required=True, help="With recordings and scenes.")
@click.option("--to", "folder", type=_FOLDER, required=True, help="Runs, outcomes, pictures; what is there is kept.")
@click.option("--bundle", type=_FOLDER, help="For cost and precision; default: the one that comes along.")
@click.option("--preset", "name", default="repro", show_default=True)
@click.option("--steps", type=click.IntRange(1), help="Of each run; default: the preset's.")
@click.option("--seeds", default="1,2,3", show_default=True, callback=_seeds)
@click.option("--features", multiple=True, metavar="NAME=FOLDER", help="Of a teacher, for table 4.")
@click.option("--pairs", type=_FOLDER, help="A feed with pairs, for table 6.")
@click.option("--corpus", type=_FOLDER, help="That the feed was made from, for table 7.")
@click.option("--also", type=_FOLDER, multiple=True, help="Outcomes made elsewhere, taken over where there are none.")
@click.option("--page", type=click.Path(path_type=Path, dir_okay=False), help="Write the page of all outcomes here.")
def command(  # noqa: PLR0913, PLR0917 - one parameter for each option
    tables: tuple[str, ...],
    feed: Path,
    folder: Path,
    bundle: Path | None,
    name: str,
    steps: int | None,
    seeds: tuple[int, ...],
    features: tuple[str, ...],
    pairs: Path | None,
    corpus: Path | None,
    also: tuple[Path, ...],
    page: Path | None,
) -> None:
    """Make TABLES (sight, table1 .. table9, figure2 .. figure4, oscillation, int8, gating, transients, sweep, longform,
    or all). Runs that were stopped go on.

    Each run is a folder with its record. Rules were written before the runs; they are in the code.
    """
    import msgspec

    from hobnail_plugins.aht.settings import AhtConfig, bundle_folder
    from hobnail_trainer.feed.store import open_feed
    from hobnail_trainer.model.loop import Data
    from hobnail_trainer.model.preset import read_preset
    from hobnail_trainer.reproduce import Registry, Sources, reproduce, write_page
    from hobnail_trainer.reproduce.build import PICTURES, read_outcomes, take_over

    if not tables and page is None:
        raise click.UsageError("Name tables, or ask for a page of what is there: --page FILE.")
    console = Console(highlight=False, soft_wrap=True)
    preset = read_preset(name)
    if steps is not None:
        preset = msgspec.structs.replace(preset, steps=steps)
    data = Data(open_feed(feed, "train"), open_feed(feed, "validation"))
    known = {each.partition("=")[0]: Path(each.partition("=")[2]) for each in features}
    registry = Registry(folder / "runs", preset, data, features=known, commit=commit_of())
    both = (open_feed(pairs, "train"), open_feed(pairs, "validation")) if pairs else None
    sources = Sources(folder, bundle or bundle_folder(AhtConfig()), registry, data.held_out, seeds, both, corpus)
    for outcome in reproduce(sources, tables, tell=lambda words: console.print(words, markup=False)):
        for rule in outcome.rules:
            console.print(f"{outcome.id}: {rule.claim}: {rule.measured}: {rule.verdict}", markup=False)
    for other in also:
        take_over(folder, other)
    if page is not None:
        console.print(str(write_page(read_outcomes(folder), folder / PICTURES, page)))
