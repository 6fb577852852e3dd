"""``hobnail-train feed``: precompute what training reads, and measure how fast it is read."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args

import click
from rich.console import Console

from hobnail_trainer.cli.codec import built_codec
from hobnail_trainer.corpus.licences import Family
from hobnail_trainer.feed.model import PARTS, Part

if TYPE_CHECKING:
    from hobnail_trainer.reading import TrainingSplit

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.group("feed")
def command() -> None:
    """Latents, words and sights, ready for training."""


def _parts(_context: click.Context, _parameter: click.Parameter, value: str) -> tuple[Part, ...]:
    names = tuple(name.strip() for name in value.split(","))
    if strangers := set(names) - set(PARTS):
        raise click.BadParameter(f"{', '.join(sorted(strangers))}; expected some of: {', '.join(PARTS)}.")
    return cast("tuple[Part, ...]", names)


@command.command("prepare")
@click.argument("corpus", type=_FOLDER)
@click.option("--to", "feed", type=_FOLDER, required=True, help="The feed's folder.")
@click.option("--scenes", type=_FOLDER, help="Scenes of `hobnail-train scenes generate`; without it there are none.")
@click.option("--packs", "parts", default=",".join(PARTS), show_default=True, callback=_parts)
@click.option(
    "--licence",
    "licences",
    multiple=True,
    type=click.Choice(get_args(Family)),
    help="Use only these; repeatable. Default: public-domain, permissive, cc-by and cc-by-sa, as for what ships.",
)
@click.option("--codec", "id", default="linear", show_default=True, metavar="ID")
@click.option("--config", type=click.Path(path_type=Path), help="TOML file; its [component.ID] tables are obeyed.")
@click.option("--jobs", type=click.IntRange(1, 64), default=min(2, os.cpu_count() or 1), show_default=True)
def prepare(  # noqa: PLR0913, PLR0917 - one parameter for each option
    corpus: Path,
    feed: Path,
    scenes: Path | None,
    parts: tuple[Part, ...],
    licences: tuple[str, ...],
    id: str,
    config: Path | None,
    jobs: int,
) -> None:
    """Precompute what training reads of CORPUS, train and validation. What is there and still right is kept."""
    from hobnail_trainer.feed.prepare import SHIPPABLE, Request
    from hobnail_trainer.feed.prepare import prepare as prepare_feed

    request = Request(
        corpus=corpus,
        feed=feed,
        make=partial(built_codec, id, config),
        scenes=scenes,
        parts=parts,
        licences=cast("tuple[Family, ...]", licences) or SHIPPABLE,
        jobs=jobs,
    )
    console = Console(highlight=False)
    with console.status("starting") as status:
        header = prepare_feed(request, tell=status.update)
    for part in header.parts:
        console.print(f"  {part.split:10s} {part.part:9s} {part.entries:6d} sounds  {part.seconds / 60.0:7.1f} minutes")
    console.print(feed)


@command.command("speed")
@click.argument("feed", type=_FOLDER)
@click.option("--split", type=click.Choice(["train", "validation"]), default="train", show_default=True)
@click.option("--seconds", type=click.FloatRange(0.1, 600.0), default=10.0, show_default=True, help="How long to draw.")
@click.option("--pairs", is_flag=True, help="Pairs only, as for adapters.")
def speed(feed: Path, split: TrainingSplit, seconds: float, pairs: bool) -> None:
    """Draw batches of FEED as training does, and say how many hops come in a second."""
    from hobnail_trainer.feed import Feed, FeedSettings, open_feed
    from hobnail_trainer.feed.speed import TRAINER_HOPS, feed_speed

    found = feed_speed(Feed(open_feed(feed, split), FeedSettings(pairs_only=pairs), seed=1), seconds=seconds)
    click.echo(
        f"{found.hops_per_s:,.0f} hops in a second of CPU ({found.times_real_time:,.0f} s of sound), "
        f"{found.times_trainer:,.0f} times what training takes ({TRAINER_HOPS:,.0f}); {found.batches} batches, "
        f"{1000.0 * found.cpu_s / found.batches:.1f} ms of CPU and {1000.0 * found.took_s / found.batches:.1f} ms each"
    )
