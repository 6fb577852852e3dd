"""``hobnail demo``: a recorded scene, replayed live into a real server by a client in another process."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import click
import soundfile
from rich.console import Console

from hobnail.audio import RATE_HZ
from hobnail.children import python
from hobnail.errors import MissingExtraError, SessionError, SinkError
from hobnail.launch import ServerProcess
from hobnail.replay import ReplayRecord, read_record
from hobnail.report import DemoReport, Recording, Usage, UsageMeter, analyse, draw_picture, print_report, write_report
from hobnail.take import Beginnings, read_beginnings
from hobnail.trace import DEMO_SCENE, Trace, find_trace


@click.command("demo")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path("demo"), show_default=True)
@click.option("--scene", default=DEMO_SCENE, show_default=True, help="A packaged scene, or a trace file.")
@click.option("--latency", type=click.Choice(["asap", "fixed"]), default="asap", show_default=True)
@click.option("--engine", help="Engine of emitters that name none.")
@click.option("--config", "config_path", type=click.Path(path_type=Path), help="TOML file for the server.")
def command(out: Path, scene: str, latency: str, engine: str | None, config_path: Path | None) -> None:
    """Hear a scene live and measure it: leaves a WAV, a picture and a report in the folder OUT."""
    console = Console(highlight=False)
    trace = find_trace(scene)
    _make_folder(out)
    options = ["--latency", latency]
    options += ["--engine", engine] if engine else []
    options += ["--config", str(config_path)] if config_path else []
    console.print(f"Playing [bold]{trace.header.title}[/], {trace.duration_s:.0f} s, {len(trace.events)} events.")
    with tempfile.TemporaryDirectory(prefix="hobnail-demo-") as folder:
        record, recording, usage, beginnings = _perform(scene, options, Path(folder))
    report = analyse(trace, record, recording=recording, usage=usage, beginnings=beginnings)
    _leave(out, trace, report, recording, console)


def _make_folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SinkError(f"{out}: cannot be created: {error.strerror}.", cure="Choose another folder: --out.") from error


def _perform(scene: str, options: list[str], folder: Path) -> tuple[ReplayRecord, Recording, Usage, Beginnings]:
    """Run server and client; returns what the client saw, what the server's sink got, what it cost, and its voices."""
    take, voices, fate = folder / "take.wav", folder / "voices.npz", folder / "replay.json"
    options = [*options, "--record", str(take), "--record", str(voices)]
    with ServerProcess(options) as server, UsageMeter(server.pids) as meter:
        client = python("hobnail.replay", scene, "--connect", server.control, "--output", str(fate))
        code = subprocess.run(client, check=False).returncode
    if not fate.exists():
        raise SessionError(f"The replay ended with {code} and left no record.", cure="Its own message is above.")
    record = read_record(fate)
    if not take.exists():
        raise SinkError("The server left no recording.", cure="Its own message is above.")
    samples, _ = soundfile.read(
        take, dtype="float32", always_2d=True, start=record.start_frame, frames=record.duration_frames
    )
    return record, Recording(samples, record.start_frame), meter.usage(), read_beginnings(voices)


def _leave(out: Path, trace: Trace, report: DemoReport, recording: Recording, console: Console) -> None:
    soundfile.write(out / "scene.wav", recording.samples, RATE_HZ, subtype="PCM_24")
    write_report(report, out / "report.json")
    made = ["scene.wav", "report.json"]
    try:
        draw_picture(report, trace, recording.samples, out / "scene.png")
        made.append("scene.png")
    except MissingExtraError as error:
        console.print(f"No picture: {error}", markup=False)
    print_report(report, console)
    console.print("\nLook and listen: " + ", ".join(str(out / name) for name in made), markup=False)
