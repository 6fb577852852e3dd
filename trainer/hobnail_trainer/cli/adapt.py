"""``hobnail-train adapt``: a palette from a folder of recordings."""

from __future__ import annotations

from pathlib import Path

import click

from hobnail_trainer.cli.codec import built_codec


@click.command("adapt")
@click.argument("model", type=click.Path(path_type=Path))
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), required=True, help="WAV and FLAC files.")
@click.option("--axis", required=True, help="What the palette's control is called: a-z, 0-9 and _.")
@click.option("--to", "target", type=click.Path(path_type=Path, file_okay=False), help="Default: AXIS.")
@click.option("--licence", prompt="Licence of these recordings (such as CC0-1.0)", help="Of the recordings; asked for.")
@click.option("--author", default="", help="For the NOTICE.")
@click.option("--minutes", type=click.FloatRange(0.01, 600.0), default=30.0, show_default=True, help="At most.")
@click.option("--steps", type=click.IntRange(1), default=4000, show_default=True, help="At most.")
@click.option("--rank", type=click.IntRange(1, 64), default=4, show_default=True, help="A slot at run time holds 4.")
@click.option("--threads", type=click.IntRange(1, 256), default=2, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option("--codec", "id", default="linear", show_default=True, metavar="ID")
def command(  # noqa: PLR0913, PLR0917 - one parameter for each option
    model: Path,
    data: Path,
    axis: str,
    target: Path | None,
    licence: str,
    author: str,
    minutes: float,
    steps: int,
    rank: int,
    threads: int,
    seed: int,
    id: str,
) -> None:
    """Make a palette with one axis from your recordings, for MODEL: a run, a checkpoint or slim weights.

    Captions come from the files' names, or from captions.csv (file, caption) beside them. SIGTERM or Ctrl-C end
    the fit, and what was learned best until then is written.
    """
    from hobnail_plugins.text.encoder import words_encoder
    from hobnail_trainer.adapt.fit import AdaptSettings
    from hobnail_trainer.adapt.palette import PREVIEW, Request, make_palette

    to = target or Path(axis)
    settings = AdaptSettings(minutes=minutes, steps=steps, rank=rank, threads=threads, seed=seed)
    request = Request(model=model, data=data, axis=axis, to=to, licence=licence, author=author, settings=settings)
    made = make_palette(request, built_codec(id, None), words_encoder(), tell=click.echo)
    click.echo(
        f"held-out loss {made.before:.4f} before, {made.after:.4f} after {made.best_step} steps "
        f"({made.seconds / 60.0:.1f} min): {to}"
    )
    if made.after >= made.before:
        click.echo("It is not better than the model alone on the recordings that were kept apart: give more of them.")
    click.echo(f"Listen: {to / PREVIEW}")
