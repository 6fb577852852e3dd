"""``hobnail-train adversarial``: teach a few passes to make what a critic takes for recordings."""

from __future__ import annotations

from pathlib import Path

import click

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command("adversarial")
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--to", "target", type=_FOLDER, required=True, help="The post-trained run's folder; one that is there goes on."
)
@click.option("--feed", type=_FOLDER, help="Default: where it lay when the run was saved.")
@click.option("--steps", type=click.IntRange(1), default=1000, show_default=True)
@click.option("--rate", type=click.FloatRange(0.0, min_open=True), default=1e-4, show_default=True)
@click.option("--passes", type=click.IntRange(1, 8), default=2, show_default=True, help="That a block is played with.")
@click.option("--threads", type=click.IntRange(1, 256), help="Default: the preset's.")
def command(
    run: Path, target: Path, feed: Path | None, steps: int, rate: float, passes: int, threads: int | None
) -> None:
    """Post-train RUN, whose guidance is folded in (`hobnail-train distil --intervals 0`), against a critic."""
    from hobnail_trainer.cli.stages import open_stage
    from hobnail_trainer.model.adversarial import AdversarialSettings, post_train

    base, past, data, make = open_stage(run, target, feed)
    settings = AdversarialSettings(steps=steps, rate=rate, passes=passes, threads=threads)
    state = post_train(base, target, data, make, settings, tell=click.echo, past=past)
    click.echo(f"{state.step} of {steps} steps in {state.seconds / 60.0:.1f} min: {target}")
