"""``python -m hobnail.replay``: plays a trace into a running server and writes down what happened."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from hobnail.errors import HobnailError
from hobnail.protocol.messages import CONTROL_PORT
from hobnail.replay.player import ReplayOptions, replay
from hobnail.replay.record import ReplayRecord, write_record
from hobnail.trace import DEMO_SCENE, Trace, find_trace


@click.command(name="python -m hobnail.replay")
@click.argument("trace", default=DEMO_SCENE)
@click.option("--connect", default=f"tcp://127.0.0.1:{CONTROL_PORT}", show_default=True, help="The server's address.")
@click.option("--schedule-ahead", type=click.FloatRange(min=1.0), metavar="MS", help="Send early, with a session time.")
@click.option("--record", type=click.Path(dir_okay=False, path_type=Path), help="WAV of the mix as it comes back.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="JSON with every event's fate.")
@click.option("--name", default="hobnail-replay", show_default=True, help="How the server knows this client.")
@click.option("--quiet", is_flag=True, help="No progress bar.")
def main(
    trace: str,
    connect: str,
    schedule_ahead: float | None,
    record: Path | None,
    output: Path | None,
    name: str,
    quiet: bool,
) -> None:
    """Play TRACE (a file, or the name of a packaged scene) into a running `hobnail serve`."""
    console = Console(stderr=True)
    options = ReplayOptions(schedule_ahead_ms=schedule_ahead, record_to=record, name=name)
    try:
        played = _play(find_trace(trace), connect, options, console, quiet)
        if output:
            write_record(played, output)
    except (HobnailError, OSError) as error:
        console.print(f"[bold red]error:[/] {error}", highlight=False)
        sys.exit(1)
    _tell(played, console)
    sys.exit(1 if played.lost else 0)


def _play(trace: Trace, address: str, options: ReplayOptions, console: Console, quiet: bool) -> ReplayRecord:
    if quiet or not console.is_terminal:
        return replay(trace, address, options)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:4.1f} of {task.total:.0f} s"))
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(trace.header.title, total=trace.duration_s)
        played = replay(trace, address, options, progress=lambda seconds: bar.update(task, completed=seconds))
        if not played.lost:
            bar.update(task, completed=trace.duration_s)
        return played


def _tell(played: ReplayRecord, console: Console) -> None:
    sounding = [event for event in played.events if event.sounds]
    heard = sum(event.onset_frame is not None for event in sounding)
    refused = sum(bool(event.error) for event in played.events)
    console.print(f"{len(played.events)} events sent, {heard} of {len(sounding)} heard, {refused} refused.")
    for fault in (*played.errors[:5], *([played.lost] if played.lost else [])):
        console.print(f"[yellow]{fault}[/]", highlight=False)


if __name__ == "__main__":
    main()
