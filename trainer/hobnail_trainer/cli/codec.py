"""``hobnail-train codec``: fit the codec that ships, measure any codec, and write a corpus's latents."""

from __future__ import annotations

import os
import subprocess
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args

import click
from rich.console import Console

from hobnail.cli.options import configuration
from hobnail.contracts import Codec
from hobnail.errors import CodecError
from hobnail_trainer.cli.cache import weights_folder
from hobnail_trainer.corpus.licences import Family

if TYPE_CHECKING:
    from hobnail_trainer.precision import Precision
    from hobnail_trainer.reading import TrainingSplit

_FOLDER = click.Path(path_type=Path, file_okay=False)
_CORPUS = click.argument("corpus", type=_FOLDER)
_SEED = click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
_JOBS = click.option("--jobs", type=click.IntRange(1, 64), default=min(2, os.cpu_count() or 1), show_default=True)
_CONFIG = click.option(
    "--config", type=click.Path(path_type=Path), help="TOML file; its [component.ID] tables are obeyed."
)


@click.group("codec")
def command() -> None:
    """Small latents that sound like the recording: fit, measure, encode."""


@command.command("fit")
@_CORPUS
@click.option("--to", "target", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The .npz file.")
@click.option("--kept", type=click.IntRange(1, 96), default=26, show_default=True, help="Components of a latent.")
@click.option("--partials", type=click.IntRange(0, 8), default=3, show_default=True, help="Two numbers each.")
@click.option("--seconds", type=click.FloatRange(0.1, 60.0), default=2.0, show_default=True, help="Of each clip.")
@click.option(
    "--licence",
    "licences",
    multiple=True,
    type=click.Choice(get_args(Family)),
    help="Hear only these; repeatable. Default: public-domain, permissive, cc-by and cc-by-sa, as for tables to ship.",
)
@_SEED
@_JOBS
def fit(  # noqa: PLR0913, PLR0917 - one parameter for each option
    corpus: Path,
    target: Path,
    kept: int,
    partials: int,
    seconds: float,
    licences: tuple[str, ...],
    seed: int,
    jobs: int,
) -> None:
    """Fit the linear codec's tables to the train split of CORPUS: leaves TO, and what it was made from beside it."""
    from hobnail_trainer.codec.fit import SHIPPABLE, FitSettings, fit_codec

    allowed = cast("tuple[Family, ...]", licences) or SHIPPABLE
    settings = FitSettings(kept=kept, partials=partials, seconds=seconds, seed=seed, licences=allowed)
    console = Console(highlight=False)
    with console.status("starting") as status:
        made = fit_codec(corpus, target, settings, jobs=jobs, tell=status.update)
    console.print(
        f"{made.clips} clips of {made.families} families, {made.seconds / 60.0:.1f} minutes; {made.settings.kept} "
        f"components hold {100.0 * made.explained:.1f} % of the variance: {target}"
    )


@command.command("report")
@_CORPUS
@click.option("--to", "folder", type=_FOLDER, required=True, help="Where the page goes.")
@click.option("--codec", "ids", multiple=True, default=("linear",), show_default=True, metavar="ID", help="Repeatable.")
@click.option("--clips", type=click.IntRange(4), default=300, show_default=True, help="Recorded effects, at most.")
@click.option(
    "--split",
    type=click.Choice(["validation", "test"]),
    default="validation",
    show_default=True,
    help="Choose by validation; test is for the final table.",
)
@click.option("--weights", type=_FOLDER, default=weights_folder, help="Of the judges; default: the user's cache.")
@click.option("--store", type=_FOLDER, help="Keeps embeddings; default: embeddings in TO.")
@_CONFIG
@_SEED
def report(  # noqa: PLR0913, PLR0917 - one parameter for each option
    corpus: Path,
    folder: Path,
    ids: tuple[str, ...],
    clips: int,
    split: str,
    weights: Path,
    store: Path | None,
    config: Path | None,
    seed: int,
) -> None:
    """Measure codecs on held-out clips of CORPUS beside a ladder of others: leaves report.html in TO."""
    from hobnail_trainer.codec.clips import listen, listen_to_test_for_evaluation
    from hobnail_trainer.codec.report import Request, build_report, write_report
    from hobnail_trainer.judges import Aisfx, Judge, Yamnet

    codecs = [built_codec(id, config) for id in ids]
    judges: list[Judge] = [Yamnet.load(weights), Aisfx.load(weights)]
    console = Console(highlight=False)
    with console.status("listening") as status:
        if split == "test":
            listening = listen_to_test_for_evaluation(corpus, clips=clips, seed=seed)
        else:
            listening = listen(corpus, "validation", clips=clips, seed=seed)
        request = Request(corpus, listening, codecs, judges, store or folder / "embeddings", seed, commit_of())
        built = build_report(request, tell=status.update)
        page = write_report(built, folder)
    for row in built.report.ladder:
        distances = "  ".join(f"{name} {kad.grouped.value or 0.0:6.2f}" for name, kad in row.kad.items())
        console.print(f"  {row.id:16s} KAD {distances}  modulation {row.modulation_db.value or 0.0:.2f} dB")
    console.print(page)


@command.command("encode")
@_CORPUS
@click.option("--to", "folder", type=_FOLDER, required=True, help="Where latents.f16 and index.json go.")
@click.option("--codec", "id", default="linear", show_default=True, metavar="ID")
@click.option("--split", type=click.Choice(["train", "validation"]), default="train", show_default=True)
@_CONFIG
@_JOBS
def encode(corpus: Path, folder: Path, id: str, split: TrainingSplit, config: Path | None, jobs: int) -> None:
    """Write the latents of every clip of a split of CORPUS into one file."""
    from hobnail_trainer.codec.ladder.components_codec import RUNGS
    from hobnail_trainer.codec.store import encode_corpus

    console = Console(highlight=False)
    with console.status("starting") as status:
        rung = _codec_or_rung(id, config, corpus) if id in RUNGS else None
        make = partial(built_codec, id, config) if rung is None else partial(_as_it_is, rung)
        index = encode_corpus(corpus, folder, make, split=split, jobs=jobs, tell=status.update)
    console.print(f"{len(index.clips)} clips, {index.hops} latents of {index.dimensions} numbers: {folder}")


@command.command("trial")
@_CORPUS
@click.option("--latents", type=_FOLDER, required=True, help="Of the train split, from `codec encode` with this codec.")
@click.option("--to", "folder", type=_FOLDER, required=True, help="Where trial.json and the sounds go.")
@click.option("--codec", "id", default="linear", show_default=True, metavar="ID")
@click.option("--minutes", type=click.FloatRange(0.01), default=30.0, show_default=True, help="Of training.")
@click.option("--steps", type=click.IntRange(0), default=0, help="Of training, in place of minutes.")
@click.option("--precision", type=click.Choice(["measured", "fp32", "bf16"]), default="measured", show_default=True)
@click.option("--clips", type=click.IntRange(4), default=240, show_default=True, help="Of validation, made anew.")
@click.option("--threads", type=click.IntRange(1, 64), default=1, show_default=True)
@click.option("--weights", type=_FOLDER, default=weights_folder, help="Of the judges; default: the user's cache.")
@_CONFIG
@_SEED
def trial(  # noqa: PLR0913, PLR0917 - one parameter for each option
    corpus: Path,
    latents: Path,
    folder: Path,
    id: str,
    minutes: float,
    steps: int,
    precision: Precision,
    clips: int,
    threads: int,
    weights: Path,
    config: Path | None,
    seed: int,
) -> None:
    """How easily are a codec's latents generated? Train the same small flow model on them, and judge what it makes."""
    from hobnail_trainer.codec.clips import listen
    from hobnail_trainer.codec.flow import Trial, run_trial
    from hobnail_trainer.codec.flow.leave import leave
    from hobnail_trainer.judges import Aisfx, Judge, Yamnet

    judges: list[Judge] = [Yamnet.load(weights), Aisfx.load(weights)]
    console = Console(highlight=False)
    with console.status("listening") as status:
        heard = listen(corpus, "validation", clips=clips, seed=seed).windows
        codec = _codec_or_rung(id, config, corpus)
        settings = Trial(minutes=minutes, steps=steps, seed=seed, threads=threads, precision=precision)
        result, made = run_trial(corpus, latents, codec, heard, judges, settings, status.update)
    leave(folder, result, made)
    for name, kad in result.kad.items():
        plain, ceiling = kad.plain.value or 0.0, result.ceiling[name].plain.value or 0.0
        console.print(
            f"{name}: KAD {plain:.2f} (grouped {kad.grouped.value or 0.0:.2f}), the codec alone {ceiling:.2f}"
        )
    console.print(
        f"{result.steps} steps of {result.parameters / 1e6:.1f} M parameters in {result.minutes:.1f} minutes "
        f"({result.trial.precision}), loss {result.loss}: {folder}"
    )


def built_codec(id: str, config: Path | None) -> Codec:
    """A prepared codec of a plug-in. Raises CodecError, ConfigError, PluginError."""
    settings, host = configuration(config, None, (), ())
    built = host.build("components", id, settings.settings("components", id))
    if not isinstance(built, Codec):
        raise CodecError(f"component {id!r} is a {built.kind}, expected a codec.", cure="See `hobnail codec list`.")
    built.prepare()
    return built


def _codec_or_rung(id: str, config: Path | None, corpus: Path) -> Codec:
    """As :func:`built_codec`; an id such as ``pca-24`` is that rung of the ladder, fitted to CORPUS."""
    from hobnail_trainer.codec.ladder.components_codec import RUNGS, components_codec

    return components_codec(corpus, id) if id in RUNGS else built_codec(id, config)


def _as_it_is(codec: Codec) -> Codec:
    return codec


def commit_of() -> str:
    """Of this file, where it is run from a checkout; empty elsewhere."""
    here = Path(__file__)
    for command_line in (["ls-files", "--error-unmatch", here.name], ["rev-parse", "--short=12", "HEAD"]):
        try:
            done = subprocess.run(
                ["git", *command_line], cwd=here.parent, capture_output=True, text=True, timeout=10, check=True
            )
        except (OSError, subprocess.SubprocessError):
            return ""
    return done.stdout.strip()
