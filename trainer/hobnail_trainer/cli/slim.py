"""``hobnail-train slim``: a run's averaged weights alone, in half precision."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("slim")
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def command(run: Path, file: Path) -> None:
    """Write what `hobnail-train adapt` needs of RUN to FILE, a .safetensors a twelfth as large as a checkpoint."""
    from hobnail.host import Host
    from hobnail_plugins.moe_lora.nn.pack import digest_of
    from hobnail_trainer.export.source import checkpoint_of, network_of
    from hobnail_trainer.model.checkpoint import save_slim

    found = checkpoint_of(run)
    save_slim(file, found, base=found.base or digest_of(network_of(found, Host.discovered())))
    click.echo(f"{file.stat().st_size / 1e6:.1f} MB: {file}")
