"""``hobnail plugin``: the instrument for DAWs: build it here, install it, see whether it works."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import click
import msgspec
from rich.console import Console

from hobnail.dawplugin.build import Built, build, places_in
from hobnail.dawplugin.check import check
from hobnail.dawplugin.install import install, user_places

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.group("plugin")
def command() -> None:
    """The instrument for DAWs (VST3, LV2, CLAP): docs/plugin.md."""


@command.command("build")
@click.option("--to", "folder", type=_FOLDER, default=Path("hobnail-plugin"), show_default=True, help="Where to.")
@click.option("--jobs", type=click.IntRange(1, 64), default=os.cpu_count() or 1, help="Compilers at a time.")
def build_command(folder: Path, jobs: int) -> None:
    """Build it with the system's compiler; says what to install where something is missing."""
    console = Console(stderr=True, highlight=False)
    built = _built(folder, jobs, console)
    for path in built.all():
        console.print(f"Built {path}", soft_wrap=True)


@command.command("install")
@click.option("--from", "folder", type=_FOLDER, help="A folder that 'build' wrote; without it, it is built now.")
@click.option("--home", type=_FOLDER, default=Path.home(), help="Whose .vst3, .lv2 and .clap; default: your own.")
@click.option("--jobs", type=click.IntRange(1, 64), default=os.cpu_count() or 1, help="Compilers at a time.")
def install_command(folder: Path | None, home: Path, jobs: int) -> None:
    """Put it where hosts look: ~/.vst3, ~/.lv2, ~/.clap."""
    console = Console(stderr=True, highlight=False)
    with tempfile.TemporaryDirectory() as work:
        built = places_in(folder) if folder is not None else _built(Path(work), jobs, console)
        places = install(built, home)
    for path in places.all():
        console.print(f"Installed {path}", soft_wrap=True)
    console.print("Start [bold]hobnail serve --sink null[/], and let your host look for new plug-ins.")


@command.command("check")
@click.option("--from", "folder", type=_FOLDER, help="A folder that 'build' wrote; without it, what is installed.")
@click.option("--address", metavar="ADDRESS", help="A running server; without it, one is started for the check.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def check_command(folder: Path | None, address: str | None, as_json: bool) -> None:
    """Load it in a real host (pedalboard, an extra) and render a note."""
    built = places_in(folder) if folder is not None else user_places(Path.home())
    trial = check(built, address)
    if as_json:
        click.echo(msgspec.json.encode(trial).decode())
        return
    console = Console(stderr=True, highlight=False)
    console.print(f"{built.vst3} loads in {trial.loaded_s:.2f} s and sounds: peak {trial.peak:.3f}.", soft_wrap=True)
    console.print(
        f"It reports {trial.latency_frames} frames of latency; the note came {trial.onset_frames} frames after that."
    )


def _built(folder: Path, jobs: int, console: Console) -> Built:
    with console.status("Building the plug-in: a minute or two."):
        return build(folder, jobs=jobs)
