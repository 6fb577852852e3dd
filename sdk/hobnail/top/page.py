"""The page: a profiler's view of a running server, from its history."""

from __future__ import annotations

import math
from typing import Final

from rich.box import ROUNDED
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from hobnail.audio import RATE_HZ, Latency, frames_to_ms
from hobnail.histogram import percentiles_of
from hobnail.metrics import Metrics
from hobnail.top import bars
from hobnail.top.figures import bridge_panel, engines_panel, errors_panel
from hobnail.top.history import STALE_S, History
from hobnail.top.sounding import emitters_panel

SIDE_BY_SIDE: Final = 110
"""From so many columns on, panels stand in pairs."""

_TIMELINES: Final = 4  # rows: the instruments of one program all say the same
_FACTS: Final = 26  # columns of a fact's name and number, frames included
_LEAST_MS, _MOST_MS = 0.1, 100.0


def page(history: History, *, address: str, now_s: float, width: int, rows: int = 12) -> RenderableType:
    """The whole page, ``width`` columns wide (80 or more look well); ``rows`` emitters at most."""
    metrics = history.now
    if metrics is None:
        return Panel(_waiting(address), box=ROUNDED, title="hobnail top")
    half = width // 2 if width >= SIDE_BY_SIDE else width
    told = Group(engines_panel(metrics, history), bridge_panel(history))
    parts: list[RenderableType] = [
        _head(history, metrics, address, now_s),
        _beside(_work(history, metrics, half), _latency(history, metrics, half), width),
        emitters_panel(metrics, width, rows),
        _beside(_slowest(metrics), told, width),
    ]
    if history.errors:
        parts.append(errors_panel(history))
    return Group(*parts)


def _beside(left: RenderableType, right: RenderableType, width: int) -> RenderableType:
    if width < SIDE_BY_SIDE:
        return Group(left, right)
    table = Table.grid(expand=True)
    table.add_column(width=width // 2)
    table.add_column(width=width - width // 2)
    table.add_row(left, right)
    return table


def _waiting(address: str) -> Text:
    return Text.assemble(
        f"Nothing heard from {address} yet.\n",
        ("'hobnail serve' prints its telemetry address; name it with --connect.", "dim"),
    )


def _head(history: History, metrics: Metrics, address: str, now_s: float) -> Text:
    seconds = metrics.frame // RATE_HZ
    text = Text.assemble(
        (" hobnail top ", "bold reverse"),
        f"  {address}   engine ",
        (metrics.engine, "bold"),
        f"   {metrics.latency_mode}   up {seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}",
    )
    silent = history.silent_s(now_s)
    if silent > STALE_S:
        text.append(f"   nothing heard for {silent:.0f} s", style="bold red")
    return text


def _work(history: History, metrics: Metrics, width: int) -> Panel:
    recent = percentiles_of(history.recent("hop_bins"))
    table = _facts()
    table.add_row("voices", _number(metrics.voices), bars.line(history.line("voices"), width - _FACTS))
    if metrics.voices_virtual:
        table.add_row("virtual", _number(metrics.voices_virtual), Text("wait for room, by priority", "dim"))
    table.add_row("emitters", _number(metrics.emitters), Text(f"{history.per_second('events'):.1f} events/s", "dim"))
    for line in metrics.timelines[:_TIMELINES]:
        told = f"{line.who} {'plays' if line.playing else 'stands'}, {line.tempo_bpm:g} beats/min, {line.cues} cues"
        table.add_row("timeline", f"{line.position_s:.1f} s", Text(told, "dim"))
    for name, value in (("hop p50", recent.p50_ms), ("hop p95", recent.p95_ms), ("hop p99", recent.p99_ms)):
        table.add_row(name, _ms(value), bars.gauge(value, metrics.hop_budget_ms, width - _FACTS))
    share = f"step {metrics.hop_budget_ms:.1f} ms; {metrics.hops_over} of {metrics.hop.count} over"
    table.add_row("", "", Text(share, "dim"))
    batch = metrics.batch
    table.add_row("batch", f"{batch.mean:.1f}", Text(f"mostly {batch.usual}, at most {batch.largest}", "dim"))
    late = f"events late {metrics.events_late}, blocks late {metrics.late_blocks}"
    table.add_row("underruns", _bad(metrics.underruns, history.risen("underruns")), Text(late, "dim"))
    table.add_row("", "", Text(f"voices stolen {metrics.voices_stolen}, failed {metrics.voices_failed}", "dim"))
    peak_db = 20.0 * math.log10(max(metrics.peak, 1e-6))
    table.add_row("mix peak", f"{peak_db:.1f} dB", bars.meter(peak_db, width - _FACTS))
    steps = ", ".join(f"{step} {count}" for step, count in sorted(metrics.overload.items()))
    overload = Text.assemble(("left out  ", "dim"), (steps or "nothing", "yellow" if steps else "green"))
    return Panel(Group(table, overload), box=ROUNDED, title="work, last 10 s", title_align="left")


def _latency(history: History, metrics: Metrics, width: int) -> Panel:
    inner = width - 6
    recent = history.recent("event_latency_bins")
    found = percentiles_of(recent)
    parts = _parts(metrics.latency)
    told = Text()
    for index, (name, ms) in enumerate(parts.items()):
        told.append(f"{name} {ms:.1f} ", style=bars.share_style(index))
    told.append(f"= {sum(parts.values()):.1f}", style="bold")
    heard = f"n {found.count}  p50 {found.p50_ms:.1f}  p95 {found.p95_ms:.1f}  p99 {found.p99_ms:.1f} ms"
    drawn = bars.columns(recent, least_ms=_LEAST_MS, most_ms=_MOST_MS, width=inner, height=4)
    return Panel(
        Group(
            told,
            bars.shares(parts, inner),
            Text(heard),
            *drawn,
            bars.axis(least_ms=_LEAST_MS, most_ms=_MOST_MS, width=inner),
        ),
        box=ROUNDED,
        title="latency in ms: told, and heard within 10 s",
        title_align="left",
    )


def _slowest(metrics: Metrics) -> Panel:
    table = Table(box=None, padding=(0, 1), expand=True, header_style="dim")
    for column in ("ms", "ago s", "steps", "opens"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("in the engine", no_wrap=True)
    for hop in metrics.slow_hops:
        style = "bold red" if metrics.hop_budget_ms and hop.ms > metrics.hop_budget_ms else ""
        ago = (metrics.frame - hop.at_frame) / RATE_HZ
        table.add_row(
            Text(f"{hop.ms:.1f}", style),
            f"{ago:.0f}",
            str(hop.voices),
            str(hop.opened),
            f"{hop.engine} {hop.engine_ms:.1f} ms",
        )
    return Panel(table, box=ROUNDED, title="slowest hops of the last minute", title_align="left")


def _parts(latency: Latency) -> dict[str, float]:
    return {
        "transport": frames_to_ms(latency.transport_frames),
        "model": frames_to_ms(latency.model_frames),
        "buffer": frames_to_ms(latency.buffer_frames),
        "device": frames_to_ms(latency.device_frames),
    }


def _facts() -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(style="dim", min_width=9, no_wrap=True)
    table.add_column(justify="right", min_width=9, no_wrap=True)
    table.add_column(no_wrap=True)
    return table


def _ms(value: float) -> str:
    return f"{value:.2f} ms" if value < 100.0 else f"{value:.0f} ms"


def _number(value: int) -> Text:
    return Text(str(value), style="bold")


def _bad(count: int, lately: int) -> Text:
    return Text(str(count), style="bold red" if lately else "yellow" if count else "green")
