"""``hobnail-train corpus pack | compose | read-speed``: from a built corpus to what training reads."""

from __future__ import annotations

import os
from pathlib import Path
from typing import cast, get_args

import click
from rich.console import Console

from hobnail_trainer.corpus.licences import Family

CORPUS = click.argument("corpus", type=click.Path(path_type=Path, file_okay=False))


@click.command("pack")
@CORPUS
def pack(corpus: Path) -> None:
    """Put the recordings of CORPUS into CORPUS/packs/recorded, so that training decodes nothing."""
    from hobnail_trainer.corpus.recorded import pack_folder, pack_recordings

    console = Console(highlight=False)
    with console.status("starting") as status:
        manifest = pack_recordings(corpus, tell=status.update)
    console.print(f"{len(manifest.clips)} clips: {pack_folder(corpus, 'recorded')}")


@click.command("compose")
@CORPUS
@click.option("--hours", type=click.FloatRange(0.01, 1000.0), default=10.0, show_default=True)
@click.option(
    "--licence",
    "licences",
    multiple=True,
    type=click.Choice(get_args(Family)),
    help="Use only these; repeatable. Default: public-domain, permissive, cc-by and cc-by-sa, as for what ships.",
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option("--jobs", type=click.IntRange(1, 64), default=min(2, os.cpu_count() or 1), show_default=True)
def compose(corpus: Path, hours: float, licences: tuple[str, ...], seed: int, jobs: int) -> None:
    """Make sequences of several seconds from the recordings of CORPUS, in CORPUS/packs/composed."""
    from hobnail_trainer.compose import ComposeSettings, most_used
    from hobnail_trainer.compose import compose as compose_pack
    from hobnail_trainer.feed.prepare import SHIPPABLE

    settings = ComposeSettings(hours=hours, seed=seed, licences=cast("tuple[Family, ...]", licences) or SHIPPABLE)
    console = Console(highlight=False)
    with console.status("starting") as status:
        made = compose_pack(corpus, settings, jobs=jobs, tell=status.update)
    split = ", ".join(f"{name} {each:.2f} h" for name, each in made.hours.items())
    console.print(f"{len(made.manifest.clips)} sequences ({split}): {corpus / 'packs' / 'composed'}")
    console.print(f"  kinds: {', '.join(f'{kind} {count}' for kind, count in made.kinds.items())}")
    used = sorted(made.uses.values())
    console.print(
        f"  a recording is in {used[len(used) // 2]} sequences (median), {made.unused} are in none; most often:"
    )
    for name, count in most_used(made.uses):
        console.print(f"  {count:6d} {name}")


@click.command("read-speed")
@CORPUS
@click.option("--seconds", type=click.FloatRange(0.1, 600.0), default=10.0, show_default=True, help="How long to read.")
@click.option("--window", type=click.IntRange(1), default=12_800, show_default=True, help="Frames of a window.")
@click.option("--batch", type=click.IntRange(1), default=32, show_default=True)
def read_speed(corpus: Path, seconds: float, window: int, batch: int) -> None:
    """Read the packs of CORPUS as training does, and say how many seconds of sound come in a second."""
    from hobnail_trainer.corpus.pack import open_pack
    from hobnail_trainer.corpus.recorded import recordings
    from hobnail_trainer.reading import TRAINER_SPEED, Reader
    from hobnail_trainer.reading import read_speed as measure_speed

    packs = [recordings(corpus, tell=lambda _: None)]
    packs += [
        open_pack(path.parent, known=packs[0].manifest)
        for path in sorted((corpus / "packs").glob("*/manifest.jsonl"))
        if path.parent.name != "recorded"
    ]
    reader = Reader(packs, "train", window_frames=window, batch=batch, seed=1)
    speed = measure_speed(reader, seconds=seconds)
    click.echo(
        f"{speed.times_real_time:,.0f} s of sound a second, {speed.times_trainer:,.0f} times what training takes "
        f"({TRAINER_SPEED:.0f}); {speed.batches} batches of {batch} windows of {window} frames"
    )
