"""``hobnail-train distil``: fold guidance into a network, and make it need few passes."""

from __future__ import annotations

from pathlib import Path

import click

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command("distil")
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--to", "target", type=_FOLDER, required=True, help="The distilled run's folder; one that is there goes on."
)
@click.option("--feed", type=_FOLDER, help="Default: where it lay when the run was saved.")
@click.option("--steps", type=click.IntRange(1), default=800, show_default=True)
@click.option("--guidance", type=click.FloatRange(0.0, 10.0), default=2.0, show_default=True, help="1: none.")
@click.option(
    "--intervals",
    type=click.FloatRange(0.0, 0.95),
    default=0.6,
    show_default=True,
    help="Share of blocks that are crossed in one pass, two or four; 0: guidance alone is folded in.",
)
@click.option("--threads", type=click.IntRange(1, 256), help="Default: the preset's.")
def command(
    run: Path,
    target: Path,
    feed: Path | None,
    steps: int,
    guidance: float,
    intervals: float,
    threads: int | None,
) -> None:
    """Fold guidance into RUN's network, and teach it to cross flow time in one, two or four passes."""
    from hobnail_trainer.cli.stages import open_stage
    from hobnail_trainer.model.distil import DistilSettings, distil

    base, past, data, make = open_stage(run, target, feed)
    settings = DistilSettings(steps=steps, guidance=guidance, intervals=intervals, threads=threads)
    state = distil(base, target, data, make, settings, tell=click.echo, past=past)
    click.echo(f"{state.step} of {steps} steps in {state.seconds / 60.0:.1f} min: {target}")
