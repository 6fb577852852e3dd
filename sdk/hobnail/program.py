"""What Hobnail's programs share: commands imported when asked for, and faults told in one clear line."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

import click

from hobnail.errors import HobnailError, PluginError


class LazyCommands(click.Group):
    """Imports a command's file when the command is asked for, so that each starts as fast as it can.

    ``commands_in``: the package with one file per command, each with a click command named ``command``.
    ``entry_group``: a group of entry points by which plug-ins bring further ones: modules with the same.
    """

    def __init__(
        self, *args: object, commands_in: str, names: Sequence[str], entry_group: str = "", **kwargs: object
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # handed on as click's decorator gives them
        self._package = commands_in
        self._names = tuple(names)
        self._entry_group = entry_group

    def list_commands(self, _context: click.Context) -> list[str]:
        """The commands, in the order in which help shows them."""
        return [*self._names, *(name for name in self._brought() if name not in self._names)]

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        """The command of this name, imported now."""
        if name in self._names:
            own: click.Command = import_module(f"{self._package}.{name}").command
            return own
        point = self._brought().get(name)
        if point is None:
            return None
        try:
            brought: click.Command = point.load().command
        except Exception as error:  # a stranger's code may raise anything, also when only help was asked for
            return _broken(name, error)
        return brought

    def _brought(self) -> dict[str, EntryPoint]:
        """Commands of plug-ins, by name."""
        return {point.name: point for point in entry_points(group=self._entry_group)} if self._entry_group else {}


def _broken(name: str, error: Exception) -> click.Command:
    """Stands for a plug-in's command that cannot be loaded, and says why."""

    def fail() -> None:
        raise PluginError(f"{type(error).__name__}: {error}", plugin=name, cure="Repair or remove it.") from error

    return click.Command(name, callback=fail, help=f"Cannot be loaded: {type(error).__name__}.")


def run(program: click.Command) -> None:
    """Run a program and end the process; what goes wrong on purpose is one clear message, not a traceback."""
    try:
        program(standalone_mode=False)
    except HobnailError as error:
        from rich.console import Console  # a tenth of what a program takes to start, for those that fail
        from rich.markup import escape

        Console(stderr=True, highlight=False, soft_wrap=True).print(f"[bold red]error:[/] {escape(str(error))}")
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
