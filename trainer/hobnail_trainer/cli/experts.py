"""``hobnail-train experts``: sliders for pitch, intensity and texture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from hobnail_trainer.model.pairs import Past

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command("experts")
@click.argument("run", type=_FOLDER)
@click.option("--to", "target", type=_FOLDER, required=True, help="Folder for the palette, in PEFT's layout.")
@click.option("--feed", type=_FOLDER, help="Default: where it lay when the run was saved.")
@click.option("--name", default="axes", show_default=True)
@click.option("--steps", type=click.IntRange(1), default=600, show_default=True)
@click.option("--rank", type=click.IntRange(1, 64), default=4, show_default=True)
@click.option("--rate", type=click.FloatRange(1e-6, 1.0), default=1e-3, show_default=True)
@click.option("--arm", type=click.Choice(["moe_lora", "lora"]), default="moe_lora", show_default=True)
@click.option("--shared/--no-shared", default=True, show_default=True, help="An expert that follows no control.")
@click.option("--past", type=click.Choice(["source", "none"]), default="source", show_default=True, help="History.")
@click.option("--tokens", type=click.IntRange(1), help="Hops of a batch, about; default: the run's.")
@click.option("--licence", default="CC-BY-SA-4.0", show_default=True, help="Of what is learned.")
def command(  # noqa: PLR0913, PLR0917 - one parameter for each option
    run: Path,
    target: Path,
    feed: Path | None,
    name: str,
    steps: int,
    rank: int,
    rate: float,
    arm: str,
    shared: bool,
    past: Past,
    tokens: int | None,
    licence: str,
) -> None:
    """Fit experts for pitch, intensity and texture to the feed's pairs, on RUN's network as it stands."""
    from functools import partial

    from hobnail.host import Host
    from hobnail_plugins.aht.nn.assemble import assemble
    from hobnail_plugins.moe_lora.files import write_palette
    from hobnail_plugins.moe_lora.nn.pack import digest_of, palette_of
    from hobnail_trainer.adapters.model import FitSettings
    from hobnail_trainer.cli.stages import feed_of
    from hobnail_trainer.feed.store import open_feed
    from hobnail_trainer.model.checkpoint import load, newest
    from hobnail_trainer.model.experts import fit_on_pairs, settings_for
    from hobnail_trainer.model.pairs import PairSettings
    from hobnail_trainer.model.sliders import lines_of

    base = load(newest(run))
    folder = feed_of(base, feed)
    made = fit_on_pairs(
        base,
        open_feed(folder),
        open_feed(folder, "validation"),
        partial(assemble, base.state.preset.network, Host.discovered()),
        settings_for(arm, rank, shared=shared),
        FitSettings(steps=steps, rate=rate),
        PairSettings(past=past, tokens=tokens),
        tell=click.echo,
    )
    write_palette(target, palette_of(made.adapter, name=name, base=digest_of(made.network), licence=licence))
    still, moved, turned = made.losses
    click.echo(f"held-out loss of pairs: {still:.4f} controls at 0, {moved:.4f} as moved, {turned:.4f} turned around")
    for line in lines_of(made.sliders):
        click.echo(line)
    click.echo(f"{name}: {target}")
