"""The report on the terminal: at most 100 columns, the goals first, then the figures, then what was missed."""

from __future__ import annotations

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from hobnail.report.figures import Spread
from hobnail.report.model import DemoReport

WIDTH = 100
FAULTS_SHOWN = 8


def print_report(report: DemoReport, console: Console | None = None) -> None:
    """Print the report."""
    console = console or Console()
    console.print(report_table(report), width=min(WIDTH, console.width))


def report_table(report: DemoReport) -> RenderableType:
    """The report as something that rich can print."""
    parts: list[RenderableType] = [_heading(report), _goals(report), _figures(report)]
    if faults := _faults(report):
        parts.append(faults)
    return Group(*parts)


def _heading(report: DemoReport) -> Text:
    way = "sent as they happen" if report.schedule_ahead_ms is None else f"{report.schedule_ahead_ms:g} ms ahead"
    text = Text(f"\n{report.scene}\n", style="bold")
    engines = ", ".join(f"{name} ({count} events)" for name, count in sorted(report.engines.items())) or "none heard"
    text.append(f"{report.seconds:g} s · {report.latency_mode} latency · events {way}\nengine: {engines}", style="dim")
    return text


def _goals(report: DemoReport) -> Table:
    table = Table(box=box.SIMPLE_HEAD, expand=True, show_edge=False, pad_edge=False)
    table.add_column("goal", ratio=4)
    table.add_column("wanted", justify="right", ratio=2)
    table.add_column("found", justify="right", ratio=2)
    table.add_column("", width=4)
    for goal in report.goals:
        mark = Text("yes", style="bold green") if goal.met else Text("NO", style="bold red")
        table.add_row(goal.name, goal.wanted, goal.found, mark)
    return table


def _figures(report: DemoReport) -> Table:
    counts = report.counts
    table = Table(box=box.SIMPLE_HEAD, expand=True, show_edge=False, pad_edge=False)
    table.add_column("figure", ratio=3, style="cyan")
    table.add_column("value", ratio=7)
    table.add_row(
        "events", f"{counts.sent} sent, {counts.sounding} should sound: {counts.heard} heard, {counts.missed} missed"
    )
    if counts.chance_share is not None:
        table.add_row(
            "found in the recording",
            f"{counts.verified} of {counts.heard}; standing alone {counts.clear_verified} of {counts.clear}",
        )
        table.add_row(
            "of them by its energy", f"{counts.rises} rise at their onset (by chance {100 * counts.chance_share:.0f} %)"
        )
        if counts.kept:
            table.add_row(
                "and by their own samples",
                f"{counts.matches} of {counts.kept} (150 ms before their place {counts.chance_matches})",
            )
    table.add_row("onset error", _spread(report.onset_error))
    table.add_row("wire to buffer", _spread(report.wire_to_buffer))
    if report.jitter_ms is not None:
        table.add_row("jitter (p99 - p50)", f"{report.jitter_ms:.2f} ms")
    table.add_row(
        "sound path",
        f"{report.underruns} underruns ({report.underrun_frames} frames), {report.late_blocks} late blocks, "
        f"{report.voices_stolen} voices stolen, {report.voices_failed} failed",
    )
    table.add_row("ticks", f"{report.frames_sent} sent, {report.frames_late} of them late")
    if report.levels is not None:
        levels = report.levels
        table.add_row(
            "recording",
            f"{levels.seconds:.1f} s, peak {levels.peak_dbfs:.1f} dBFS, rms {levels.rms_dbfs:.1f} dBFS, "
            f"{100 * levels.silence_share:.0f} % silence, {len(report.clicks_s)} clicks",
        )
    if report.usage is not None:
        usage = report.usage
        cpu = "not told by this system" if usage.cpu_percent is None else f"{usage.cpu_percent:.0f} % of a core"
        memory = "" if usage.peak_rss_mb is None else f", {usage.peak_rss_mb:.0f} MB resident"
        table.add_row("server's cost", f"{cpu}{memory}, {usage.processes} processes")
    return table


def _spread(spread: Spread | None) -> str:
    if spread is None:
        return "not measured"
    return (
        f"p50 {spread.p50_ms:.2f}   p95 {spread.p95_ms:.2f}   p99 {spread.p99_ms:.2f}   "
        f"max {spread.max_ms:.2f} ms   (n={spread.count})"
    )


def _faults(report: DemoReport) -> Text | None:
    faults = [f"{line.at_s:8.3f} s  {line.emitter} {line.name}: {line.fault}" for line in report.events if line.fault]
    faults += report.faults
    if not faults:
        return None
    shown = faults[:FAULTS_SHOWN]
    if len(faults) > FAULTS_SHOWN:
        shown.append(f"... and {len(faults) - FAULTS_SHOWN} more in report.json")
    return Text("\n".join(shown), style="yellow")
