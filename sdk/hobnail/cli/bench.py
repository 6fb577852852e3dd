"""``hobnail bench``: the figures that the documentation quotes, measured here."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.table import Table

from hobnail.bench import alone, busy, crowd, engine, live, offline, osc, rivals, server, timeline
from hobnail.bench.figures import Figure
from hobnail.cli.options import configuration, session_options
from hobnail.config import Config
from hobnail.contracts import EngineSpec
from hobnail.host import Host
from hobnail.trace import DEMO_SCENE, find_trace

Benchmark = Callable[[], list[Figure]]
ENDURANCE_S = 60.0
IDLE_S = 15.0


@click.command("bench")
@click.argument("names", nargs=-1)
@click.option("--scene", default=DEMO_SCENE, show_default=True, help="A packaged scene, or a trace file.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@click.option("--voices", default=",".join(map(str, engine.VOICES)), show_default=True, help="engine: how many sound.")
@click.option("--vary", multiple=True, metavar="KEY=A,B", help="engine: try each of these values of its settings.")
@click.option("--speeds", default="1,4,16", show_default=True, help="game: how much faster than it was played.")
@click.option(
    "--seconds", type=click.FloatRange(min=1.0), default=60.0, show_default=True, help="engine, game, busy: each run."
)
@click.option("--compare", is_flag=True, help="engine: beside procedural, plain onnxruntime, torch, compiled torch.")
@session_options
def command(names: tuple[str, ...], scene: str, as_json: bool, **options: Any) -> None:  # noqa: ANN401 - of four types
    """Measure on this machine. NAMES choose benchmarks; none, or "all", runs every one (about fifteen minutes).

    Ends with code 1 when a figure misses what is wanted of it.
    """
    benchmarks = _benchmarks(scene) | _of_servers(options) | _of_engines(options)
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
        "asap": lambda: live.latency(scene, seconds, "asap"),
        "fixed": lambda: live.latency(scene, seconds, "fixed"),
        "scheduled": lambda: live.scheduled(scene),
        "endurance": lambda: live.endurance(scene, ENDURANCE_S),
        "crowd": crowd.crowd,
        "osc": osc.latency,
        "osc_flood": osc.flood,
        "render": lambda: offline.render(host, scene),
        "footstep": lambda: offline.engine(host),
    }


def _of_servers(options: Mapping[str, Any]) -> dict[str, Benchmark]:
    """Benchmarks of a server that is started with --engine and --config."""
    serving = _serving(options)
    return {"ready": lambda: server.ready(serving), "idle": lambda: server.idle(IDLE_S, serving)}


def _serving(options: Mapping[str, Any]) -> list[str]:
    serving = ["--engine", str(options["engine"])] if options["engine"] else []
    return serving + (["--config", str(options["config_path"])] if options["config_path"] else [])


def _spec(host: Host, config: Config) -> EngineSpec:
    id = config.session.engine
    return host.build("engines", id, config.settings("engines", id)).spec


def _of_engines(options: Mapping[str, Any]) -> dict[str, Benchmark]:
    """Benchmarks that follow --engine and --config."""
    seconds, vary = options["seconds"], engine.varied(options["vary"])
    voices = [int(number) for number in _numbers(options["voices"], "--voices")]
    speeds = _numbers(options["speeds"], "--speeds")
    config, host = configuration(options["config_path"], options["engine"], options["only"], options["disable"])

    def engines() -> list[Figure]:
        figures = [*engine.grid(config, voices, vary, seconds), *engine.struck(config, vary, seconds)]
        figures += engine.beside(config, seconds)
        if not options["compare"]:
            return figures
        rules = msgspec.structs.replace(config, session=msgspec.structs.replace(config.session, engine="procedural"))
        if config.session.engine != "procedural":
            figures += [*engine.grid(rules, voices, {}, seconds), *engine.struck(rules, {}, seconds)]
        bundle = config.engine.get(config.session.engine, {}).get("bundle", "")
        return figures + rivals.compare(bundle, voices, min(seconds, 10.0))

    return {
        "engine": engines,
        "game": lambda: list(engine.played(config, speeds, seconds)),
        "timeline": lambda: timeline.timeline(host, config),
        "alone": lambda: alone.alone(host, config),
        "busy": lambda: busy.busy(_spec(host, config), seconds, _serving(options)),
    }


def _numbers(text: str, option: str) -> list[float]:
    try:
        return [float(number) for number in text.split(",")]
    except ValueError:
        raise click.BadParameter(f"{option} {text!r} is no list of numbers; write 1,8,32.") from None


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
