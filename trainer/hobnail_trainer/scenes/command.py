"""``hobnail-train scenes``: generate paired vision and sound, and look at it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import get_args

import click

from hobnail_trainer.corpus.licences import Family
from hobnail_trainer.corpus.model import SPLITS, Split
from hobnail_trainer.scenes.choice import Shelf
from hobnail_trainer.scenes.generate import SceneMaker, SceneSettings
from hobnail_trainer.scenes.model import SITUATIONS, Situation
from hobnail_trainer.scenes.source import CorpusSource
from hobnail_trainer.scenes.store import read_scene, scene_folder, write_scene


@click.group("scenes")
def command() -> None:
    """Make scenes: simulated motion, pictures and features, with sound from recordings."""


@command.command("generate")
@click.argument("corpus", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--to", "root", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder to write.")
@click.option("--split", type=click.Choice(SPLITS), default="train", show_default=True)
@click.option("--count", type=click.IntRange(min=1), default=60, show_default=True, help="How many scenes.")
@click.option("--first", type=click.IntRange(min=0), default=0, show_default=True, help="Number (seed) of the first.")
@click.option("--seconds", type=float, default=6.0, show_default=True, help="Length of each.")
@click.option("--pixels", type=int, default=64, show_default=True, help="Height and width of the pictures.")
@click.option("--situation", "situations", type=click.Choice(SITUATIONS), multiple=True, help="Only these; repeatable.")
@click.option(
    "--licence",
    "licences",
    type=click.Choice(get_args(Family)),
    multiple=True,
    help="Only recordings under these; repeatable. Default: all. What ships leaves gpl out.",
)
def generate(  # noqa: PLR0913, PLR0917  # a parameter for each option
    corpus: Path,
    root: Path,
    split: Split,
    count: int,
    first: int,
    seconds: float,
    pixels: int,
    situations: tuple[Situation, ...],
    licences: tuple[Family, ...],
) -> None:
    """Make scenes from the recordings of a built CORPUS. Those that are there already are kept."""
    settings = SceneSettings(duration_s=seconds, picture_px=pixels, situations=situations or SITUATIONS)
    maker = SceneMaker(Shelf(CorpusSource(corpus, licences=licences), split), settings)
    begun, made = time.perf_counter(), 0
    for seed in range(first, first + count):
        if not scene_folder(root, split, seed).exists():
            write_scene(maker.make(seed), root)
            made += 1
    took_s = max(1e-6, time.perf_counter() - begun)
    click.echo(
        f"{made} scenes made, {count - made} were there; {made * seconds:.0f} s of sound and pictures "
        f"in {took_s:.1f} s ({made * seconds / took_s:.1f}x real time)."
    )


@command.command("sheet")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True, help="PNG to write.")
def sheet(folder: Path, output: Path) -> None:
    """Draw the scene in FOLDER on one page."""
    from hobnail_trainer.scenes.sheet import write_sheet

    write_sheet(read_scene(folder), output)
    click.echo(f"{output}")


@command.command("onsets")
@click.argument("root", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--scenes", "most", type=click.IntRange(min=1), default=60, show_default=True, help="How many are judged."
)
@click.option("--threshold", type=float, help="How sure a contact must be; default: the one that films use.")
@click.option("--fit", "fit_from", type=click.IntRange(min=1), help="Fit anew on so many training scenes first.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Where to write what was fitted.")
@click.option("--live", is_flag=True, help="As pictures come, nothing later known; within 100 ms.")
def onsets(
    root: Path, most: int, threshold: float | None, fit_from: int | None, output: Path | None, live: bool
) -> None:
    """Score how contacts are seen in the held-out scenes under ROOT: F1 within 50 ms, median of the error."""
    from hobnail.film.onsets import DEFAULT_THRESHOLD, LIVE_THRESHOLD
    from hobnail_trainer.scenes import onsets as seen

    network = None
    if fit_from is not None:
        from hobnail_trainer.scenes import fit_onsets

        network = fit_onsets.fit(seen.read(root, "train", fit_from), live=live, tell=click.echo)
        if output is not None:
            fit_onsets.save(network, output)
    within_ms, sure = (100.0, LIVE_THRESHOLD) if live else (50.0, DEFAULT_THRESHOLD)
    held_out = seen.read(root, "validation", most)
    scores = seen.judge(held_out, network, threshold=threshold or sure, live=live, within_ms=within_ms)
    for name, found in sorted(scores.items()):
        click.echo(
            f"{name:8} {found.wanted:5} contacts, {found.found:5} seen, {found.matched:5} within {within_ms:g} ms:"
            f" F1 {found.f1:.3f}, median error {'-' if found.median_ms is None else f'{found.median_ms:.1f} ms'}"
        )
