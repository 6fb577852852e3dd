"""One look for all pictures of a report."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final, Literal

from hobnail.errors import MissingExtraError
from hobnail_trainer.corpus.report.picture import DIM, INK, NIGHT, PANEL, RULE, SPECTRUM

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure

COLOURS: Final = {
    "recording": "#eef1f6",
    "codec": "#8fe8d0",
    "model": "#6db8ff",
    "words dealt": "#8b95a7",
    "nearest": "#ffd98a",
    "rules": "#f28f8f",
}
SERIES: Final = ("#6db8ff", "#ffd98a", "#8fe8d0", "#f28f8f", "#c6a0ff", "#f2b28f")
WIDTH: Final = 13.0  #: inches of every picture


def figure_of(height: float) -> Figure:
    """An empty one. Raises MissingExtraError without matplotlib."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("the report", extra="plot") from error
    figure = Figure(figsize=(WIDTH, height), dpi=100, facecolor=NIGHT, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def dress(axes: Axes, title: str, *, grid: str = "y") -> None:
    """Title, ticks and rules."""
    axes.set_facecolor(PANEL)
    axes.set_title(title, color=INK, fontsize=11, loc="left", pad=8)
    axes.tick_params(colors=DIM, labelsize=9, length=0)
    axes.grid(axis=grid, color=RULE, linewidth=0.7)  # type: ignore[arg-type]  # a str of three
    axes.set_axisbelow(True)
    for spine in axes.spines.values():
        spine.set_visible(False)


def legend(axes: Axes, *, ncols: int = 1, loc: Literal["best", "upper right"] = "best") -> None:
    """A quiet one."""
    axes.legend(facecolor=PANEL, edgecolor=RULE, labelcolor=INK, fontsize=8.5, ncols=ncols, loc=loc)


def spectrum_colours() -> LinearSegmentedColormap:
    """Of spectrograms and tables."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("hobnail", SPECTRUM)


def png_of(figure: Figure) -> bytes:
    """The picture as a file."""
    out = io.BytesIO()
    figure.savefig(out, format="png", facecolor=NIGHT)
    return out.getvalue()
