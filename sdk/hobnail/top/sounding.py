"""The emitters of the page: who sounds, how loud, and what its voice listens to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from rich.box import ROUNDED
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from hobnail.metrics import Metrics
from hobnail.top import bars

WEIGHTS: Final = "daf_weights_"
"""Figures that are shares of one whole: what the next sound attends to, by stream."""

SINKS: Final = "gca_sink_"
"""How much of a stream's attention rests in the slot that is always there."""

ROUTER: Final = "router_"
"""How much each expert of a palette is asked for."""


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
    inside = [name for name, told in _INSIDE.items() if any(told(each.figures) for each in metrics.sounding)]
    for name in inside:
        table.add_column(name, no_wrap=True, justify="right")
    for each in metrics.sounding[:rows]:
        level = f"{each.level_db:.1f}" if each.level_db > -120.0 else "-"
        cells: list[str | Text] = [each.emitter, each.event, each.engine, str(each.voices), level]
        cells.append(bars.meter(each.level_db, meter_width))
        if weighted:
            cells.append(bars.shares(weights_of(each.figures), meter_width))
        cells += [_INSIDE[name](each.figures) for name in inside]
        table.add_row(*cells)
    if not metrics.sounding:
        table.add_row(Text("nothing sounds", "dim"))
    more = len(metrics.sounding) - rows
    title = "emitters" if more <= 0 else f"emitters, {more} more"
    return Panel(table, box=ROUNDED, title=title, title_align="left")


def weights_of(figures: Mapping[str, float]) -> dict[str, float]:
    """The weights among figures, by stream."""
    return {name.removeprefix(WEIGHTS): value for name, value in figures.items() if name.startswith(WEIGHTS)}


def _gate(figures: Mapping[str, float]) -> str:
    return f"{figures['gate']:.2f}" if "gate" in figures else ""


def _rest(figures: Mapping[str, float]) -> str:
    """Of text, vision, history, in per cent."""
    return " ".join(f"{100.0 * value:.0f}" for name, value in figures.items() if name.startswith(SINKS))


def _router(figures: Mapping[str, float]) -> str:
    """The experts that are asked for most, in per cent."""
    asked = {name.removeprefix(ROUTER): value for name, value in figures.items() if name.startswith(ROUTER)}
    most = sorted(asked, key=lambda name: -asked[name])[:2]
    return " ".join(f"{name.rpartition('/')[2]} {100.0 * asked[name]:.0f}" for name in most)


_INSIDE: Final[Mapping[str, Callable[[Mapping[str, float]], str]]] = {
    "gate": _gate,
    "in sinks %": _rest,
    "router %": _router,
}
"""What is told of the inside of a voice, where its engine tells it."""


def legend(weights: Mapping[str, float]) -> Text:
    """The streams in their colours."""
    text = Text()
    for index, name in enumerate(weights):
        text.append(f"{name} ", style=bars.share_style(index))
    return text
