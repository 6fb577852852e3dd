"""``hobnail-train``: finds a command, runs it, turns what goes wrong on purpose into one clear message."""

from __future__ import annotations

import sys
from importlib import import_module

import click
from rich.console import Console
from rich.markup import escape

from hobnail.errors import HobnailError
from hobnail.version import version

_COMMANDS = ("corpus", "scenes")


class _Commands(click.Group):
    """Imports a command's file when the command is asked for, so that each starts as fast as it can."""

    def list_commands(self, _context: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        command: click.Command = import_module(f"hobnail_trainer.cli.{name}").command
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(version(), prog_name="hobnail-train")
def cli() -> None:
    """Train Hobnail's models: build a corpus, train, evaluate, export."""


def main() -> None:
    """Run the command line; what goes wrong on purpose is one clear message, not a traceback."""
    try:
        cli(standalone_mode=False)
    except HobnailError as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"[bold red]error:[/] {escape(str(error))}")
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
