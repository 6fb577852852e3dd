"""``hobnail render``: a scene trace into a sound file, as fast as the machine can."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from hobnail.audio import RATE_HZ
from hobnail.cli.options import configuration, session_options
from hobnail.contracts import Float32
from hobnail.errors import TraceError
from hobnail.notices import Refused
from hobnail.offline import OfflineSession
from hobnail.sinks import WavConfig, WavSink
from hobnail.trace import find_trace, trace_commands


@click.command("render")
@click.argument("trace")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="WAV or FLAC file to write.")
@session_options
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def command(
    trace: str,
    output: Path,
    config_path: Path | None,
    engine: str | None,
    only: tuple[str, ...],
    disable: tuple[str, ...],
    as_json: bool,
) -> None:
    """Render a scene TRACE (a file, or "courtyard") offline: sample-exact, and the same bytes every time."""
    config, host = configuration(config_path, engine, only, disable)
    scene = find_trace(trace)
    session = OfflineSession(config, host=host)
    console = Console(stderr=True, highlight=False)
    began = time.monotonic()
    with Progress(console=console, disable=as_json or not console.is_terminal, transient=True) as progress:
        task = progress.add_task("Rendering", total=scene.header.duration_frames)
        blocks = session.render(trace_commands(scene), frames=scene.header.duration_frames)
        _write(output, blocks, lambda frames: progress.advance(task, frames))
    elapsed_s = time.monotonic() - began
    refused = [notice for notice in session.notices if isinstance(notice, Refused)]
    summary = {
        "output": str(output),
        "seconds": scene.duration_s,
        "events": len(scene.events),
        "refused": len(refused),
        "real_time_factor": round(scene.duration_s / elapsed_s, 1),
    }
    if as_json:
        click.echo(json.dumps(summary))
    else:
        console.print(
            f"Wrote {output}: {scene.duration_s:.1f} s with {len(scene.events)} events,"
            f" {summary['real_time_factor']} times faster than real time."
        )
    if refused:
        first = refused[0]
        raise TraceError(
            f"{len(refused)} of the trace's messages were refused; the first: {first.problem}", cure=first.cure
        )


def _write(output: Path, blocks: Iterable[Float32], advance: Callable[[int], None]) -> None:
    """Write a sound file; interrupted, nothing is left of it."""
    sink = WavSink(WavConfig(path=str(output)))
    sink.open(RATE_HZ, 2)
    try:
        for block in blocks:
            sink.write(block)
            advance(len(block))
    except BaseException:
        sink.abandon()
        raise
    sink.close()
