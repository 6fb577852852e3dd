"""``hobnail-train blocks``: quality and cost by block size and passes, of several networks in one table."""

from __future__ import annotations

from pathlib import Path

import click

from hobnail_trainer.cli.cache import cache_folder, weights_folder
from hobnail_trainer.cli.codec import built_codec, commit_of
from hobnail_trainer.cli.evaluate import whole_numbers

_FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)


def _named(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, Path]:
    found = {name: Path(path) for name, _, path in (value.partition("=") for value in values)}
    if len(found) != len(values) or not all(path.exists() and name for name, path in found.items()):
        raise click.BadParameter(f"{', '.join(values)}: expected NAME=RUN each, names that differ, runs that exist.")
    return found


@click.command("blocks")
@click.argument("corpus", type=_FOLDER)
@click.argument("feed", type=_FOLDER)
@click.option(
    "--run",
    "runs",
    multiple=True,
    metavar="NAME=RUN",
    callback=_named,
    help="A run, its newest checkpoint, or weights, by the name in the table; as often as wanted.",
)
@click.option(
    "--beside",
    "earlier",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    multiple=True,
    help="A blocks.json that was made by the same clips: its rows come first. As often as wanted.",
)
@click.option("--to", "folder", type=click.Path(path_type=Path, file_okay=False), required=True)
@click.option(
    "--clips", type=click.IntRange(6), default=64, show_default=True, help="Held-out, of the validation split."
)
@click.option("--passes", default="1,2,4,8", show_default=True, callback=whole_numbers)
@click.option("--block", "blocks", default="2,4,8,16,32,64", show_default=True, callback=whole_numbers, help="Hops.")
@click.option("--guidance", type=click.FloatRange(0.0), default=1.0, show_default=True)
@click.option("--codec", "id", default="linear", show_default=True, metavar="ID")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option("--weights", type=_FOLDER, default=weights_folder, help="Of the judges; default: the user's cache.")
def command(  # noqa: PLR0913, PLR0917 - one parameter for each option
    corpus: Path,
    feed: Path,
    runs: dict[str, Path],
    earlier: tuple[Path, ...],
    folder: Path,
    clips: int,
    passes: tuple[int, ...],
    blocks: tuple[int, ...],
    guidance: float,
    id: str,
    seed: int,
    weights: Path,
) -> None:
    """Make held-out captions of CORPUS by each run's network, in blocks of each size and passes of each number.

    Voices are told their words, and those that heed it when they end, foretold from the words. A run
    with a flow head makes hops, whatever the block: one row. One thread.
    """
    from functools import reduce

    import torch

    from hobnail_trainer.evaluate import choose_held, open_maker
    from hobnail_trainer.evaluate.by_block import Asked, measure_by_block
    from hobnail_trainer.evaluate.by_block_page import joined, read_by_block, write_by_block
    from hobnail_trainer.export.lasting import lasting_of
    from hobnail_trainer.feed.store import open_feed
    from hobnail_trainer.judges import Aisfx, Yamnet

    torch.set_num_threads(1)
    tables = [read_by_block(path) for path in earlier]
    if not tables and not runs:
        raise click.UsageError("Name what is to be measured: --run NAME=RUN.")
    if runs:
        codec = built_codec(id, None)
        asked = Asked(
            corpus=corpus,
            held=choose_held(corpus, feed, clips=clips, seed=seed),
            ends=lasting_of(open_feed(feed, "train")).lasting,
            makers={name: open_maker(path, codec) for name, path in runs.items()},
            judges=(Yamnet.load(weights), Aisfx.load(weights)),
            store=cache_folder() / "embeddings",
            passes=passes,
            blocks=blocks,
            guidance=guidance,
            seed=seed,
            commit=commit_of(),
        )
        tables.append(measure_by_block(asked, tell=click.echo))
    page = write_by_block(reduce(joined, tables), folder)
    click.echo(page.read_text(encoding="utf-8"))
    click.echo(page)
