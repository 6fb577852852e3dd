"""``hobnail-train corpus``: build a corpus from packages or from a folder, and look at it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import cast, get_args

import click
import msgspec
from rich.console import Console

from hobnail_trainer.cli.packs import compose, pack, read_speed
from hobnail_trainer.cli.pairs import pairs
from hobnail_trainer.cli.tags import tag
from hobnail_trainer.corpus.build import Built, build_folder, build_recipe
from hobnail_trainer.corpus.finish import Plan
from hobnail_trainer.corpus.folder import Folder
from hobnail_trainer.corpus.licences import Family
from hobnail_trainer.corpus.recipe import Limits, find_recipe

FAMILIES = get_args(Family)


@click.group("corpus")
def command() -> None:
    """Sounds to train on: build them, look at them."""


@command.command("build")
@click.option("--to", "corpus", type=click.Path(path_type=Path, file_okay=False), required=True, help="Where it goes.")
@click.option("--recipe", default="default", show_default=True, help="A packaged recipe, or a .toml file.")
@click.option(
    "--folder", type=click.Path(path_type=Path, exists=True, file_okay=False), help="Your own sounds instead."
)
@click.option("--csv", "csv_path", type=click.Path(path_type=Path), help="What they are; default FOLDER/clips.csv.")
@click.option("--licence", "licences", multiple=True, type=click.Choice(FAMILIES), help="Keep only these; repeatable.")
@click.option("--jobs", type=click.IntRange(1, 64), default=min(2, os.cpu_count() or 1), show_default=True)
def build(
    corpus: Path, recipe: str, folder: Path | None, csv_path: Path | None, licences: tuple[str, ...], jobs: int
) -> None:
    """Build a corpus in the folder TO. Stopped at any moment, the same command goes on where it was."""
    console = Console(highlight=False)
    allowed = cast("tuple[Family, ...]", licences)
    with console.status("starting") as status:
        if folder is not None:
            plan = Plan(
                title=f"Sounds of {folder.resolve().name}",
                recipe=folder.resolve().name,
                seed=1,
                validation=0.1,
                test=0.1,
                licences=allowed or FAMILIES,
            )
            source = Folder(folder, csv_path)
            built = build_folder(source, corpus, plan, limits=Limits(), jobs=jobs, tell=status.update)
        else:
            chosen = find_recipe(recipe)
            if allowed:
                chosen = msgspec.structs.replace(chosen, licences=allowed)
            built = build_recipe(chosen, corpus, jobs=jobs, tell=status.update)
    _print(console, corpus, built)


@command.command("report")
@click.argument("corpus", type=click.Path(path_type=Path, file_okay=False))
@click.option("--seed", default=1, show_default=True, help="Chooses the example spectrograms.")
def report(corpus: Path, seed: int) -> None:
    """Counts, hours, materials, licences and 48 spectrograms: leaves report.html and report.png in CORPUS."""
    from hobnail_trainer.corpus.report import write_report

    for path in write_report(corpus, seed=seed):
        click.echo(path)


@command.command("notice")
@click.argument("corpus", type=click.Path(path_type=Path, file_okay=False))
@click.option("--to", "file", type=click.Path(path_type=Path, dir_okay=False), required=True)
@click.option("--title", default="Weights of a model, learnt from these", show_default=True)
@click.option(
    "--licence",
    "licences",
    multiple=True,
    type=click.Choice(FAMILIES),
    help="Only these; repeatable. Default: as for what ships.",
)
def notice(corpus: Path, file: Path, title: str, licences: tuple[str, ...]) -> None:
    """Write who made the recordings of CORPUS that weights were learnt from (train split): for `export --notice`."""
    from hobnail_trainer.corpus.files import write_whole
    from hobnail_trainer.corpus.licences import licence_family
    from hobnail_trainer.corpus.manifest import read_manifest
    from hobnail_trainer.corpus.notice import notice as notice_of
    from hobnail_trainer.feed.prepare import SHIPPABLE

    allowed = licences or SHIPPABLE
    clips = [clip for clip in read_manifest(corpus).clips if licence_family(clip.licence) in allowed]
    write_whole(file, notice_of(clips, title=title, splits=("train",)).encode())


for each in (pack, compose, pairs, read_speed, tag):
    command.add_command(each)


def _print(console: Console, corpus: Path, built: Built) -> None:
    console.print(f"{built.clips} clips, {built.minutes:.1f} minutes, in {built.seconds:.0f} s: {corpus}")
    for reason, count in built.rejected.items():
        console.print(f"  {count:6d} left out: {reason}")
    for package, why in built.missing.items():
        console.print(f"  [bold]missing[/] {package}: {why}")
