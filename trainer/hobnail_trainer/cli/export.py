"""``hobnail-train export``: a run becomes a bundle."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import click
from rich.console import Console

from hobnail_plugins.aht.manifest import Precision

_PATH = click.Path(path_type=Path)
_FOLDER = click.Path(path_type=Path, file_okay=False)


def _strengths(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, float]:
    try:
        return {name: float(strength) for name, strength in (value.split("=") for value in values)}
    except ValueError as error:
        raise click.BadParameter(f"{', '.join(values)}: expected EXPERT=NUMBER each, as pitch=0.5.") from error


@click.command("export")
@click.argument("run", type=_PATH)
@click.option("--to", "target", type=_FOLDER, required=True, help="The bundle's folder.")
@click.option("--feed", type=_FOLDER, help="For calibration. Default: where it lay when the run was saved.")
@click.option("--int8", "precision", flag_value="int8", default="int8", help="Large layers in INT8 (the default).")
@click.option("--fp32", "precision", flag_value="fp32", help="Everything in float32.")
@click.option("--fp16", "precision", flag_value="fp16", help="Large layers in float16, for GPUs.")
@click.option("--name", default="", help="Default: the preset's.")
@click.option("--passes", type=click.IntRange(1, 64), help="For a block. Default: 2 after distillation, 8 before.")
@click.option("--guidance", type=click.FloatRange(1.0, 20.0), default=1.0, show_default=True)
@click.option("--palette", "palettes", type=_FOLDER, multiple=True, help="To be loaded at the start; repeatable.")
@click.option("--fits", multiple=True, metavar="DIGEST", help="Of a network whose palettes fit too; repeatable.")
@click.option("--merge", "merged", type=_FOLDER, help="A palette that becomes part of the weights, at --at.")
@click.option("--at", "strengths", multiple=True, metavar="EXPERT=-1..1", callback=_strengths, help="Repeatable.")
@click.option("--licence", default="CC-BY-SA-4.0", show_default=True)
@click.option("--notice", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="Of the corpus.")
def command(  # noqa: PLR0913, PLR0917 - one parameter for each option
    run: Path,
    target: Path,
    feed: Path | None,
    precision: str,
    name: str,
    passes: int | None,
    guidance: float,
    palettes: tuple[Path, ...],
    fits: tuple[str, ...],
    merged: Path | None,
    strengths: dict[str, float],
    licence: str,
    notice: Path | None,
) -> None:
    """Write RUN (a run's folder or a checkpoint) as a bundle: graphs for onnxruntime and all that belongs to them."""
    from hobnail.host import Host
    from hobnail_trainer.cli.stages import feed_of
    from hobnail_trainer.export.bundle import Request, write_bundle
    from hobnail_trainer.export.merged import Fixed
    from hobnail_trainer.export.source import checkpoint_of

    if strengths and merged is None:
        raise click.UsageError("--at says how strongly a palette is merged: name it with --merge.")
    request = Request(
        run=run,
        to=target,
        feed=feed_of(checkpoint_of(run), feed),
        precision=cast("Precision", precision),
        name=name,
        passes=passes or 0,
        guidance=guidance,
        licence=licence,
        notice=notice,
        palettes=palettes,
        fits=fits,
        merged=Fixed(merged, strengths) if merged else None,
    )
    console = Console(highlight=False)
    with console.status("reading") as status:
        manifest = write_bundle(request, Host.discovered(), tell=status.update)
    size = sum(file.bytes for file in manifest.files)
    console.print(f"{target}: {manifest.name}, {manifest.precision}, {size / 1e6:.1f} MB")
    for what, error in manifest.error.items():
        console.print(f"  {what} off by {error:g}")
    for what, ms in manifest.latency.passes.items():
        console.print(f"  {what}: {ms:.2f} ms")
