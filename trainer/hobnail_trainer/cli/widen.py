"""``hobnail-train widen``: an INT8 bundle in floating point."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click


@click.command("widen")
@click.argument("bundle", type=click.Path(path_type=Path, file_okay=False), required=False)
@click.option("--to", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder of the new bundle.")
@click.option("--precision", type=click.Choice(["fp32", "fp16"]), default="fp32", show_default=True)
def command(bundle: Path | None, to: Path, precision: Literal["fp32", "fp16"]) -> None:
    """Write BUNDLE, which is INT8, in floating point: for GPUs, and to see what 8 bits save.

    Without a BUNDLE it is the one that comes with Hobnail.
    """
    from hobnail_plugins.aht.settings import AhtConfig, bundle_folder
    from hobnail_trainer.export.widen import widened_bundle

    manifest = widened_bundle(bundle or bundle_folder(AhtConfig()), to, precision)
    click.echo(f"{to}: {precision}, {sum(file.bytes for file in manifest.files) / 1e6:.1f} MB")
