"""``hobnail-train rate``: a blind listening page on this machine."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.group("rate")
def command() -> None:
    """Let people say how sounds are: make trials, serve the page, show what was said."""


@command.command("make")
@click.argument("bundle", type=_FOLDER)
@click.argument("corpus", type=_FOLDER)
@click.option("--to", "folder", type=_FOLDER, required=True, help="A new folder.")
@click.option("--split", type=click.Choice(["validation", "test"]), default="validation", show_default=True)
@click.option("--clips", type=click.IntRange(6), default=16, show_default=True, help="Captions, each in every set.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
def make(bundle: Path, corpus: Path, folder: Path, split: str, clips: int, seed: int) -> None:
    """Play held-out captions of CORPUS by BUNDLE, beside the recording, its codec copy, a library and the rules."""
    from hobnail_plugins.codec.codec import linear_codec
    from hobnail_trainer.rating import prepare
    from hobnail_trainer.suite import choose_clips, choose_test_clips_for_evaluation, open_player
    from hobnail_trainer.suite.sets import DEALT, make_sets

    console = Console(highlight=False)
    codec = linear_codec()
    codec.prepare()
    door = choose_clips if split == "validation" else choose_test_clips_for_evaluation
    with console.status("starting") as status:
        listening = door(corpus, clips=clips, train_clips=1, seed=seed)
        sets = make_sets(listening, open_player(bundle), codec, seed=seed, tell=status.update)
    ids = [each.clip.id for each in listening.clips]
    sounds = {
        name: {ids[place]: samples for place, samples in zip(each.places, each.whole, strict=True)}
        for name, each in sets.items()
        if name != DEALT
    }
    captions = {each.clip.id: each.clip.captions.exact for each in listening.clips}
    about = f"{bundle.name}, {split}, {listening.digest}"
    found = prepare(folder, sounds, captions, about=about, seed=seed)
    console.print(f"{len(found.trials)} sounds. hobnail-train rate serve {folder}")


@command.command("serve")
@click.argument("folder", type=_FOLDER)
@click.option("--port", type=click.IntRange(0, 65_535), default=9714, show_default=True, help="0: any that is free.")
def serve_page(folder: Path, port: int) -> None:
    """Serve the page for the trials in FOLDER on 127.0.0.1 until Ctrl-C; answers go to ratings.jsonl there."""
    from hobnail_trainer.rating import Desk, read_trials, serve

    console = Console(highlight=False)
    desk = Desk(folder, read_trials(folder))
    try:
        serve(desk, port, ready=lambda server: console.print(f"http://127.0.0.1:{server.server_address[1]}/"))
    except KeyboardInterrupt:
        console.print("")


@command.command("show")
@click.argument("folder", type=_FOLDER)
def show(folder: Path) -> None:
    """Print what was said: means of 1 to 5 with 95 % intervals, by set."""
    from hobnail_trainer.rating import read_answers, read_trials, summed
    from hobnail_trainer.suite.report.tables import interval

    table = Table("set", "answers", "listeners", "quality", "fits the words", box=None)
    for mean in summed(read_trials(folder), read_answers(folder)):
        table.add_row(mean.set, str(mean.answers), str(mean.listeners), interval(mean.quality), interval(mean.fits))
    Console(highlight=False).print(table)
