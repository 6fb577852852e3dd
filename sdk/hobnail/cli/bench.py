"""``hobnail bench``: the figures that the documentation quotes, measured here."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Callable, Iterator

import click
import msgspec
from rich.console import Console
from rich.table import Table

from hobnail.bench import live, offline, server
from hobnail.bench.figures import Figure
from hobnail.host import Host
from hobnail.trace import DEMO_SCENE, find_trace

Benchmark = Callable[[], list[Figure]]
ENDURANCE_S = 60.0
IDLE_S = 15.0


@click.command("bench")
@click.argument("names", nargs=-1)
@click.option("--scene", default=DEMO_SCENE, show_default=True, help="A packaged scene, or a trace file.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def command(names: tuple[str, ...], scene: str, as_json: bool) -> None:
    """Measure on this machine. NAMES choose benchmarks; none, or "all", runs every one (about six minutes).

    Ends with code 1 when a figure misses what is wanted of it.
    """
    benchmarks = _benchmarks(scene)
    chosen = [name for name in names if name != "all"] or list(benchmarks)
    for name in chosen:
        if name not in benchmarks:
            raise click.BadParameter(f"There is no benchmark {name!r}. There are: {', '.join(benchmarks)}.")
    console = Console(stderr=as_json, highlight=False)
    console.print(
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    )
    figures = list(_measured(benchmarks, chosen, console))
    if as_json:
        click.echo(json.dumps([msgspec.structs.asdict(figure) | {"met": figure.met} for figure in figures], indent=1))
    else:
        console.print(_table(figures))
    if not all(figure.met for figure in figures):
        sys.exit(1)


def _benchmarks(scene: str) -> dict[str, Benchmark]:
    seconds = find_trace(scene).duration_s
    host = Host()
    host.discover()
    return {
        "ready": server.ready,
        "idle": lambda: server.idle(IDLE_S),
        "asap": lambda: live.latency(scene, seconds, "asap"),
        "fixed": lambda: live.latency(scene, seconds, "fixed"),
        "scheduled": lambda: live.scheduled(scene),
        "endurance": lambda: live.endurance(scene, ENDURANCE_S),
        "render": lambda: offline.render(host, scene),
        "engine": lambda: offline.engine(host),
    }


def _measured(benchmarks: dict[str, Benchmark], chosen: list[str], console: Console) -> Iterator[Figure]:
    for name in chosen:
        with console.status(f"Measuring {name} ..."):
            figures = benchmarks[name]()
        yield from figures


def _table(figures: list[Figure]) -> Table:
    table = Table(box=None, padding=(0, 1))
    for column in ("figure", "measured", "wanted", "", "detail"):
        table.add_column(column, overflow="fold")
    for figure in figures:
        wanted = "" if figure.wanted is None else f"{'>=' if figure.at_least else '<='} {figure.wanted:g}"
        mark = "" if figure.wanted is None else ("[green]yes[/]" if figure.met else "[bold red]NO[/]")
        table.add_row(figure.name, f"{figure.value:g} {figure.unit}", wanted, mark, figure.detail)
    return table
