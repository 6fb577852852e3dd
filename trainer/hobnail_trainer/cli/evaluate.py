"""``hobnail-train evaluate``: judge a trained generator by held-out captions."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from hobnail_trainer.cli.cache import cache_folder, weights_folder
from hobnail_trainer.cli.codec import built_codec, commit_of

_FOLDER = click.Path(path_type=Path, file_okay=False)


def _whole(_context: click.Context, _parameter: click.Parameter, value: str) -> tuple[int, ...]:
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
@click.argument("run", type=click.Path(path_type=Path, exists=True))
@click.argument("corpus", type=_FOLDER)
@click.argument("feed", type=_FOLDER)
@click.option("--to", "folder", type=_FOLDER, required=True, help="evaluation.md, evaluation.json, sheet.png.")
@click.option("--split", type=click.Choice(["validation", "test"]), default="validation", show_default=True)
@click.option("--clips", type=click.IntRange(6), default=200, show_default=True, help="Held-out clips, at most.")
@click.option("--passes", default="1,2,4,8", show_default=True, callback=_whole)
@click.option("--guidance", default="1,2", show_default=True, callback=_numbers, help="The last one goes on to tables.")
@click.option("--block", "blocks", default="2,4,8,16,32,64", show_default=True, callback=_whole, help="Hops.")
@click.option("--scenes", type=click.IntRange(0), default=48, show_default=True, help="Voices of scenes, for onsets.")
@click.option("--codec", "id", default="linear", show_default=True, metavar="ID")
@click.option("--threads", type=click.IntRange(1, 64), default=1, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option("--weights", type=_FOLDER, default=weights_folder, help="Of the judges; default: the user's cache.")
def command(  # noqa: PLR0913, PLR0917 - one parameter for each option
    run: Path,
    corpus: Path,
    feed: Path,
    folder: Path,
    split: str,
    clips: int,
    passes: tuple[int, ...],
    guidance: tuple[float, ...],
    blocks: tuple[int, ...],
    scenes: int,
    id: str,
    threads: int,
    seed: int,
    weights: Path,
) -> None:
    """Judge RUN (its newest checkpoint, or the one that is named) by held-out clips of CORPUS, with FEED made from it.

    The test split is for the final table: nothing may be chosen by what it tells.
    """
    import torch

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
    door = choose_held if split == "validation" else choose_test_for_evaluation
    request = Request(
        corpus=corpus,
        held=door(corpus, feed, clips=clips, seed=seed),
        maker=open_maker(run, built_codec(id, None)),
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
