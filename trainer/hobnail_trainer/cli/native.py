"""``hobnail-train native``: a bundle's weights once more, as the native pass reads them."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("native")
@click.argument("bundle", type=click.Path(path_type=Path, file_okay=False, exists=True))
def command(bundle: Path) -> None:
    """Give BUNDLE, which an older version exported, what lets it be played without onnxruntime; it sounds the same."""
    from hobnail_plugins.aht.manifest import NATIVE
    from hobnail_trainer.export.bundle import with_native

    manifest = with_native(bundle)
    size = next(file.bytes for file in manifest.files if file.name == NATIVE)
    click.echo(f"{bundle / NATIVE}: {size / 1e6:.1f} MB")
