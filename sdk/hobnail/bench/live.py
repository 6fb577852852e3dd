"""The scene, live: a server process, a replaying client process, and perhaps a client that floods."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from hobnail.audio import frames_to_ms
from hobnail.bench.figures import Figure
from hobnail.children import python
from hobnail.errors import SessionError
from hobnail.launch import ServerProcess
from hobnail.replay import ReplayedEvent, ReplayRecord, read_record
from hobnail.report import Spread, Usage, UsageMeter, spread_of

FLOOD_RATE = 5000.0


def latency(scene: str, seconds: float, mode: str) -> list[Figure]:
    """Event on the wire to first audible sample in the sink's buffer: the scene alone, then beside a flood."""
    alone, figures = _latency(scene, mode, f"{mode}", None)
    flooded, more = _latency(scene, mode, f"{mode}, flooded", seconds)
    ratio = round(flooded.p99_ms / alone.p99_ms, 2)
    name = f"wire to buffer, {mode}: p99 flooded / alone"
    return [*figures, *more, Figure(name=name, value=ratio, unit="x", detail="in one run")]


def _latency(scene: str, mode: str, case: str, flood_s: float | None) -> tuple[Spread, list[Figure]]:
    record, usage, flood = perform(scene, ["--latency", mode], flood_s=flood_s)
    found = spread_of((event.onset_ns - event.sent_ns) / 1e6 for event in _sudden(record) if event.onset_ns is not None)
    if found is None:
        raise SessionError("No event was heard.", cure="Run 'hobnail doctor'.")
    cost = f"server {usage.cpu_percent} % of a core, {usage.peak_rss_mb} MB"
    jitter_wanted = 3.0 if mode == "fixed" else None
    return found, [
        Figure(name=f"wire to buffer, {case}: p50", value=found.p50_ms, unit="ms", wanted=12.0, detail=_spread(found)),
        Figure(name=f"wire to buffer, {case}: p99", value=found.p99_ms, unit="ms", wanted=20.0, detail=flood),
        Figure(name=f"{case}: jitter p99 - p50", value=found.jitter_ms, unit="ms", wanted=jitter_wanted, detail=cost),
        _heard(record, case),
    ]


def scheduled(scene: str) -> list[Figure]:
    """Events sent 100 ms early with a session frame: how far from that frame their sound begins."""
    record, _, _ = perform(scene, [], schedule_ahead_ms=100.0)
    offsets = [
        abs(frames_to_ms(event.onset_frame - event.scheduled))
        for event in _sudden(record)
        if event.onset_frame is not None and event.scheduled is not None
    ]
    found = spread_of(offsets)
    if found is None:
        raise SessionError("No event was heard.", cure="Run 'hobnail doctor'.")
    share = sum(offset <= 1.0 for offset in offsets) / len(offsets)
    return [
        Figure(
            name="scheduled events within 1 ms of their frame",
            value=round(100.0 * share, 1),
            unit="%",
            wanted=100.0,
            at_least=True,
            detail=f"first sample above -80 dBFS: {_spread(found)}",
        )
    ]


def endurance(scene: str, seconds: float) -> list[Figure]:
    """The scene over and over for a minute: underruns and late blocks."""
    underruns = late = 0
    played_s = 0.0
    with ServerProcess(["--sink", "null"]) as server:
        while played_s < seconds:
            record = _replay(scene, server, None)
            if record.metrics is None:
                raise SessionError("The server sent no metrics.", cure="Is its telemetry port reachable?")
            underruns, late = record.metrics.underruns, record.metrics.late_blocks
            played_s += frames_to_ms(record.duration_frames) / 1000.0
    detail = f"{late} mixer blocks began more than 5 ms late"
    return [
        Figure(name=f"underruns in {played_s:.0f} s of the scene", value=underruns, unit="", wanted=0, detail=detail)
    ]


def perform(
    scene: str, options: Sequence[str], *, flood_s: float | None = None, schedule_ahead_ms: float | None = None
) -> tuple[ReplayRecord, Usage, str]:
    """Play the scene once; returns the client's record, the server's cost, and the flooding client's counts."""
    with (
        ServerProcess(["--sink", "null", *options]) as server,
        UsageMeter(server.pids) as meter,
        _flood(server, flood_s) as flood,
    ):
        record = _replay(scene, server, schedule_ahead_ms)
    return record, meter.usage(), " ".join(flood)


def _replay(scene: str, server: ServerProcess, schedule_ahead_ms: float | None) -> ReplayRecord:
    with tempfile.TemporaryDirectory(prefix="hobnail-bench-") as folder:
        fate = Path(folder) / "replay.json"
        command = python("hobnail.replay", scene, "--quiet")
        command += ["--connect", server.control, "--output", str(fate)]
        if schedule_ahead_ms is not None:
            command += ["--schedule-ahead", str(schedule_ahead_ms)]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        return read_record(fate)


@contextmanager
def _flood(server: ServerProcess, seconds: float | None) -> Iterator[list[str]]:
    if seconds is None:
        yield []
        return
    command = python("hobnail.bench.flood", server.control)
    command += ["--rate", str(FLOOD_RATE), "--seconds", str(seconds)]
    said: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield said
        counts = json.loads(process.communicate()[0])
    said.append("flood: " + ", ".join(f"{count} {what}" for what, count in counts.items()))


def _sudden(record: ReplayRecord) -> list[ReplayedEvent]:
    """One-shots: a sustained sound begins when what is fed to it makes it audible, so its onset is no latency."""
    return [event for event in record.events if event.action == "trigger"]


def _heard(record: ReplayRecord, case: str) -> Figure:
    sounding = [event for event in record.events if event.sounds]
    heard = sum(event.onset_ns is not None for event in sounding)
    return Figure(
        name=f"events heard, {case}",
        value=round(100.0 * heard / len(sounding), 1),
        unit="%",
        wanted=100.0,
        at_least=True,
        detail=f"{heard} of {len(sounding)}",
    )


def _spread(spread: Spread) -> str:
    return f"p50 {spread.p50_ms} p95 {spread.p95_ms} p99 {spread.p99_ms} max {spread.max_ms} ms, n = {spread.count}"
