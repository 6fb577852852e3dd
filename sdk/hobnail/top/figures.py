"""What engines and the bridge tell of themselves, and the last faults."""

from __future__ import annotations

from typing import Final

from rich.box import ROUNDED
from rich.console import Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from hobnail.metrics import Metrics
from hobnail.top import bars
from hobnail.top.history import History
from hobnail.top.sounding import WEIGHTS, legend, weights_of

_SHOWN: Final = 24
_BAR: Final = 30
_DROPPED: Final = ("rate_limited", "busy", "frames_dropped", "replies_dropped", "taps_refused", "faults")


def engines_panel(metrics: Metrics, history: History) -> Panel:
    """Each engine's own figures, and what became of its voices."""
    table = Table.grid(padding=(0, 2), expand=True)
    table.add_column(no_wrap=True, ratio=1)
    table.add_column(no_wrap=True, ratio=1)
    cells: list[Text] = []
    weighed: list[Text] = []
    for engine, figures in metrics.engines.items():
        if weights := weights_of(figures):
            bar = bars.shares(weights, _BAR)
            weighed.append(Text.assemble((f"{engine} weights ", "dim"), legend(weights), bar))
        told = {name: value for name, value in figures.items() if not name.startswith(WEIGHTS) and value}
        for name, value in list(told.items())[:_SHOWN]:
            cells.append(Text.assemble((f"{engine} {name} ", "dim"), _shown(value)))
    for (engine, reason), count in sorted(history.ended.items()):
        cells.append(Text.assemble((f"{engine} {reason} ", "dim"), str(count)))
    for left in range(0, len(cells), 2):
        table.add_row(*cells[left : left + 2])
    if not cells and not weighed:
        table.add_row(Text("no engine tells more", "dim"))
    return Panel(Group(*weighed, table), box=ROUNDED, title="engines", title_align="left")


def bridge_panel(history: History) -> Panel:
    """The door: who is connected, what came in, what was refused or dropped."""
    bridge = history.bridge
    text = Text()
    for name in ("clients", "messages", "events", "errors"):
        text.append(f"{name} ", style="dim")
        text.append(f"{bridge.get(name, 0)}  ")
    for name in _DROPPED:
        if bridge.get(name, 0):
            text.append(f"{name} ", style="yellow")
            text.append(f"{bridge[name]}  ", style="bold yellow")
    return Panel(text, box=ROUNDED, title="bridge", title_align="left")


def errors_panel(history: History) -> Panel:
    """The last faults that belong to nobody's message."""
    text = Text("\n").join(Text.assemble((error.code, "red"), f"  {error.problem}") for error in history.errors)
    return Panel(text, box=ROUNDED, title="errors", title_align="left")


def _shown(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
