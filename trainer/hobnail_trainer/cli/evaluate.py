"""``hobnail-train evaluate``: judge a trained generator, or a bundle that ships, by held-out captions."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from hobnail_trainer.cli.cache import cache_folder, weights_folder
from hobnail_trainer.cli.codec import built_codec, commit_of

_FOLDER = click.Path(path_type=Path, file_okay=False)


def whole_numbers(_context: click.Context, _parameter: click.Parameter, value: str) -> tuple[int, ...]:
    """Numbers from 1 up with commas between, sorted."""
    try:
        found = tuple(sorted({int(part) for part in value.split(",")}))
    except ValueError as error:
        raise click.BadParameter(f"{value!r}: expected whole numbers, with commas between.") from error
    if not found or found[0] < 1:
        raise click.BadParameter(f"{value!r}: expected numbers from 1 up.")
    return found


def _numbers(_context: click.Context, _parameter: click.Parameter, value: str) -> tuple[float, ...]:
    try:
        return tuple(sorted({float(part) for part in value.split(",")}))
    except ValueError as error:
        raise click.BadParameter(f"{value!r}: expected numbers, with commas between.") from error


@click.command("evaluate")
@click.argument("what", type=click.Path(path_type=Path, exists=True))
@click.argument("corpus", type=_FOLDER)
@click.argument("feed", type=_FOLDER, required=False)
@click.option("--to", "folder", type=_FOLDER, required=True, help="Where pages, numbers and pictures go.")
@click.option("--split", type=click.Choice(["validation", "test"]), default="validation", show_default=True)
@click.option("--clips", type=click.IntRange(6), help="Held-out; default: 200, of a bundle by --size.")
@click.option("--passes", default="1,2,4,8", show_default=True, callback=whole_numbers)
@click.option("--guidance", default="1,2", show_default=True, callback=_numbers, help="The last one goes on to tables.")
@click.option("--block", "blocks", default="2,4,8,16,32,64", show_default=True, callback=whole_numbers, help="Hops.")
@click.option("--scenes", type=click.IntRange(0), default=48, show_default=True, help="Voices of scenes, for onsets.")
@click.option("--codec", "id", default="linear", show_default=True, metavar="ID")
@click.option("--threads", type=click.IntRange(1, 64), default=1, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option("--weights", type=_FOLDER, default=weights_folder, help="Of the judges; default: the user's cache.")
@click.option("--size", type=click.Choice(["quick", "full"]), default="quick", show_default=True, help="Of a bundle's.")
@click.option("--scenes-in", "scene_folder", type=_FOLDER, help="Simulated scenes, for a bundle's sync.")
@click.option("--palette", "palettes", type=_FOLDER, multiple=True, help="Loaded beside a bundle's own.")
@click.option("--section", "sections", multiple=True, help="Of a bundle's report; default: all.")
def command(  # noqa: PLR0913, PLR0917 - one parameter for each option
    what: Path,
    corpus: Path,
    feed: Path | None,
    folder: Path,
    split: str,
    clips: int | None,
    passes: tuple[int, ...],
    guidance: tuple[float, ...],
    blocks: tuple[int, ...],
    scenes: int,
    id: str,
    threads: int,
    seed: int,
    weights: Path,
    size: str,
    scene_folder: Path | None,
    palettes: tuple[Path, ...],
    sections: tuple[str, ...],
) -> None:
    """Judge WHAT by held-out clips of CORPUS: a bundle, played by the engine, or a run with the FEED of CORPUS.

    Of a run, its newest checkpoint, or the one that is named. The test split is for the final table: nothing may be
    chosen by what it tells.
    """
    import torch

    from hobnail_plugins.aht.manifest import MANIFEST
    from hobnail_trainer.errors import FeedError
    from hobnail_trainer.evaluate import (
        Request,
        choose_held,
        choose_test_for_evaluation,
        evaluate,
        open_maker,
        write_evaluation,
    )
    from hobnail_trainer.judges import Aisfx, Yamnet

    torch.set_num_threads(threads)
    if (what / MANIFEST).is_file():
        from hobnail_trainer.cli.suite import Asked, judge_bundle

        judge_bundle(Asked(what, corpus, folder, split, clips, seed, weights, size, scene_folder, palettes, sections))
        return
    if feed is None:
        raise FeedError(f"{what}: is a run, and a run is judged with its feed.", cure="Name the feed after the corpus.")
    door = choose_held if split == "validation" else choose_test_for_evaluation
    request = Request(
        corpus=corpus,
        held=door(corpus, feed, clips=clips or 200, seed=seed),
        maker=open_maker(what, built_codec(id, None)),
        judges=(Yamnet.load(weights), Aisfx.load(weights)),
        store=cache_folder() / "embeddings",
        passes=passes,
        guidance=guidance,
        blocks=blocks,
        scene_voices=scenes,
        seed=seed,
        commit=commit_of(),
    )
    console = Console(highlight=False)
    with console.status("starting") as status:
        built = evaluate(request, tell=status.update)
    page = write_evaluation(built, folder)
    console.print(page.read_text(encoding="utf-8"), markup=False)
    console.print(page)
