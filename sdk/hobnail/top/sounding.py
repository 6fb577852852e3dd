"""The emitters of the page: who sounds, how loud, and what its voice listens to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rich.box import ROUNDED
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from hobnail.metrics import Metrics
from hobnail.top import bars

WEIGHTS: Final = "daf_weights_"
"""Figures that are shares of one whole: what the next sound attends to, by stream."""


def emitters_panel(metrics: Metrics, width: int, rows: int) -> Panel:
    """The loudest emitters, a row each."""
    weighted = any(weights_of(each.figures) for each in metrics.sounding)
    table = Table(box=None, padding=(0, 1), expand=True, header_style="dim")
    table.add_column("emitter", no_wrap=True, ratio=3)
    table.add_column("event", no_wrap=True, ratio=2)
    table.add_column("engine", no_wrap=True, ratio=2, min_width=10)
    table.add_column("voices", justify="right", no_wrap=True, width=6)
    table.add_column("dBFS", justify="right", no_wrap=True, width=6)
    meter_width = max(10, width // 5)
    table.add_column("level", no_wrap=True, width=meter_width)
    if weighted:
        names = legend(next(weights for each in metrics.sounding if (weights := weights_of(each.figures))))
        table.add_column(names, no_wrap=True, width=max(meter_width, names.cell_len))
    for each in metrics.sounding[:rows]:
        level = f"{each.level_db:.1f}" if each.level_db > -120.0 else "-"
        cells: list[str | Text] = [each.emitter, each.event, each.engine, str(each.voices), level]
        cells.append(bars.meter(each.level_db, meter_width))
        if weighted:
            cells.append(bars.shares(weights_of(each.figures), meter_width))
        table.add_row(*cells)
    if not metrics.sounding:
        table.add_row(Text("nothing sounds", "dim"))
    more = len(metrics.sounding) - rows
    title = "emitters" if more <= 0 else f"emitters, {more} more"
    return Panel(table, box=ROUNDED, title=title, title_align="left")


def weights_of(figures: Mapping[str, float]) -> dict[str, float]:
    """The weights among figures, by stream."""
    return {name.removeprefix(WEIGHTS): value for name, value in figures.items() if name.startswith(WEIGHTS)}


def legend(weights: Mapping[str, float]) -> Text:
    """The streams in their colours."""
    text = Text()
    for index, name in enumerate(weights):
        text.append(f"{name} ", style=bars.share_style(index))
    return text
