"""Plots of the reproduction, in the look of the suite's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from hobnail_trainer.corpus.files import write_whole
from hobnail_trainer.suite.report.canvas import SERIES, dress, figure_of, legend, png_of


def draw_lines(path: Path, title: str, places: Sequence[float], lines: Mapping[str, Sequence[float]]) -> None:
    """A line for each name. Raises MissingExtraError, CorpusError."""
    figure = figure_of(3.6)
    axes = figure.subplots(1, 1)
    for number, (name, values) in enumerate(lines.items()):
        colour = SERIES[number % len(SERIES)]
        axes.plot(places, values, color=colour, linewidth=2.0, marker="o", markersize=4, label=name)
    axes.set_xticks(list(places), [f"{each:g}" for each in places])
    dress(axes, title)
    if lines:
        legend(axes, ncols=min(6, len(lines)))
    write_whole(path, png_of(figure))


def draw_points(
    path: Path, title: str, across: Mapping[str, Sequence[float] | np.ndarray], up: Sequence[float] | np.ndarray
) -> None:
    """A cloud for each name: its own places across, the same places up."""
    figure = figure_of(3.6)
    axes = figure.subplots(1, 1)
    for number, (name, values) in enumerate(across.items()):
        axes.scatter(values, up, s=9, color=SERIES[number % len(SERIES)], label=name, linewidths=0, alpha=0.7)
    dress(axes, title)
    if across:
        legend(axes, ncols=min(6, len(across)))
    write_whole(path, png_of(figure))


def draw_bars(path: Path, title: str, values: Mapping[str, float]) -> None:
    """A bar for each name."""
    figure = figure_of(0.9 + 0.34 * max(1, len(values)))
    axes = figure.subplots(1, 1)
    for number, value in enumerate(values.values()):
        axes.barh(number, value, 0.62, color=SERIES[number % len(SERIES)])
    axes.set_yticks(range(len(values)), list(values))
    axes.invert_yaxis()
    dress(axes, title, grid="x")
    write_whole(path, png_of(figure))
