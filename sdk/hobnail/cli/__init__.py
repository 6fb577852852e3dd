"""The command line: the composition root, and the only place that reads arguments and the environment."""

from __future__ import annotations

import sys

import click
from rich.console import Console

from hobnail.cli import bench, demo, doctor, plugins, render, serve
from hobnail.errors import HobnailError
from hobnail.version import version

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(version(), prog_name="hobnail")
def cli() -> None:
    """Foley for game engines and DAWs: scene events in, sound out, in under 20 ms on a CPU."""


for module in (demo, serve, render, doctor, plugins, bench):
    cli.add_command(module.command)


def main() -> None:
    """Run the command line; what goes wrong on purpose is one clear message, not a traceback."""
    try:
        cli(standalone_mode=False)
    except HobnailError as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"[bold red]error:[/] {error}", markup=True)
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
