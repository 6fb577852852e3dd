"""What Hobnail's programs share: commands imported when asked for, and faults told in one clear line."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

import click
from rich.console import Console
from rich.markup import escape

from hobnail.errors import HobnailError


class LazyCommands(click.Group):
    """Imports a command's file when the command is asked for, so that each starts as fast as it can.

    ``commands_in``: the package with one file per command, each with a click command named ``command``.
    """

    def __init__(self, *args: object, commands_in: str, names: Sequence[str], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # handed on as click's decorator gives them
        self._package = commands_in
        self._names = tuple(names)

    def list_commands(self, _context: click.Context) -> list[str]:
        """The commands, in the order in which help shows them."""
        return list(self._names)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        """The command of this name, imported now."""
        if name not in self._names:
            return None
        command: click.Command = import_module(f"{self._package}.{name}").command
        return command


def run(program: click.Command) -> None:
    """Run a program and end the process; what goes wrong on purpose is one clear message, not a traceback."""
    try:
        program(standalone_mode=False)
    except HobnailError as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"[bold red]error:[/] {escape(str(error))}")
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
