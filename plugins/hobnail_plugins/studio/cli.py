"""``hobnail vst3``: which effects there are, and how a chain sets them. By its entry point in ``hobnail.commands``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape

from hobnail.errors import MissingExtraError, PluginError
from hobnail_plugins.studio.vst3 import description_of, plugins_in

_PLACES = {
    "darwin": ("/Library/Audio/Plug-Ins/VST3", "~/Library/Audio/Plug-Ins/VST3"),
    "win32": ("C:/Program Files/Common Files/VST3",),
}
_LINUX = ("~/.vst3", "/usr/local/lib/vst3", "/usr/lib/vst3")


@click.command("vst3")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--timeout", "timeout_s", type=click.FloatRange(0.1, 300.0), default=30.0, show_default=True, help="For each."
)
@click.option("--json", "as_json", is_flag=True, help="One line of JSON for each plug-in.")
def command(paths: Sequence[Path], timeout_s: float, as_json: bool) -> None:
    """VST3 effects in files or folders (default: the system's), with what `settings` and `curves` of a chain may name.

    Each is loaded in a process of its own: one that crashes or hangs is told of, and the next is looked at.
    """
    try:
        import pedalboard  # noqa: F401 - without it every plug-in would fail, for the same reason
    except ModuleNotFoundError as error:
        raise MissingExtraError("VST3 plug-ins", extra="studio") from error
    console = Console(highlight=False, soft_wrap=True)
    found = 0
    for path in _files(paths or [Path(place).expanduser() for place in _PLACES.get(sys.platform, _LINUX)]):
        for told in _looked_at(path, timeout_s):
            found += 1
            if as_json:
                click.echo(json.dumps(told))
            else:
                _print(console, told)
    if not found and not as_json:
        console.print("No .vst3 was found.")


def _files(places: Sequence[Path]) -> Iterator[Path]:
    for place in places:
        if place.suffix == ".vst3":
            yield place
        else:
            found = sorted(place.rglob("*.vst3"))
            yield from (path for path in found if not set(path.parents) & set(found))  # a bundle may hold one inside


def _looked_at(path: Path, timeout_s: float) -> Iterator[dict[str, Any]]:
    try:
        names = plugins_in(path, timeout_s=timeout_s)
    except PluginError as error:
        yield {"path": str(path), "problem": error.problem}
        return
    for name in names:
        told = {"path": str(path), "name": name}
        try:
            yield told | description_of(path, name, timeout_s=timeout_s)
        except PluginError as error:
            yield told | {"problem": error.problem}


def _print(console: Console, told: dict[str, Any]) -> None:
    head = escape(f"{told['path']}  {told.get('name', '')}".rstrip())
    if "problem" in told:
        console.print(f"{head}\n  [yellow]cannot be used:[/] {escape(told['problem'])}")
        return
    console.print(f"{head}  ({told['latency_frames']} frames of latency)")
    for parameter in told["parameters"]:
        words = parameter.get("words")
        range_ = ", ".join(words[:8]) if words else f"{parameter['low']:g} .. {parameter['high']:g}"
        now = parameter["now"] if words else f"{parameter['now']:g}"
        console.print(f"  {escape(parameter['name']):24} {escape(range_):32} now {escape(str(now))}")
