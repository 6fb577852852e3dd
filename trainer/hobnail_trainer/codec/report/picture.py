"""The report's pictures: the ladder as bars, the worst clips before and after, and the latents."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from hobnail.errors import MissingExtraError
from hobnail_trainer.codec.model import CodecResult, Interval, Report
from hobnail_trainer.corpus.report.picture import BAR, DIM, INK, NIGHT, PANEL, RANGE_DB, RULE, SPECTRUM, spectrogram_db
from hobnail_trainer.corpus.sound import Samples

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CODEC: Final = "#ffd98a"
WARM: Final = "#f28f8f"


def draw_ladder(report: Report, path: Path) -> None:
    """KAD of each judge and modulation, a bar for each rung; codecs of plug-ins in another colour."""
    judges = list(report.ladder[0].kad)
    figure = _figure(18.0, 1.2 + 0.36 * len(report.ladder))
    axes = figure.subplots(1, len(judges) + 1, sharey=True)
    names = [row.id for row in report.ladder][::-1]
    ours = {codec.id for codec in report.codecs}
    for place, judge in enumerate(judges):
        found = [row.kad[judge].grouped for row in report.ladder][::-1]
        _bars(axes[place], names, found, ours)
        _dress(axes[place], f"KAD x 100, {judge}")
    _bars(axes[-1], names, [row.modulation_db for row in report.ladder][::-1], ours)
    _dress(axes[-1], "Modulation 4 to 200 Hz, dB from the recording")
    figure.tight_layout()
    figure.savefig(path, facecolor=NIGHT)


def draw_pairs(codec: CodecResult, pairs: Sequence[tuple[Samples, Samples]], path: Path) -> None:
    """Spectrograms, recording above, decoded below, of the clips that moved farthest."""
    columns = max(1, -(-len(pairs) // 2))
    figure = _figure(3.6 * columns, 10.0)
    grid = figure.add_gridspec(4, columns, hspace=0.32, wspace=0.06, left=0.02, right=0.99, top=0.95, bottom=0.02)
    for place, (pair, worst) in enumerate(zip(pairs, codec.worst, strict=True)):
        for below, samples in enumerate(pair):
            axes = figure.add_subplot(grid[2 * (place // columns) + below, place % columns])
            _spectrogram(axes, samples, "decoded" if below else f"{worst.caption[:40]} ({worst.moved:.2f})")
    figure.savefig(path, facecolor=NIGHT)


def draw_latents(codec: CodecResult, path: Path) -> None:
    """Spread and kurtosis of each dimension, correlations between them, and how long each remembers."""
    latents = codec.latents
    figure = _figure(18.0, 5.0)
    axes = figure.subplots(1, 4)
    dimensions = np.arange(len(latents.sd))
    axes[0].errorbar(dimensions, latents.mean, yerr=latents.sd, fmt="o", color=BAR, markersize=3, linewidth=1)
    _dress(axes[0], "Mean and standard deviation")
    axes[1].bar(dimensions, latents.kurtosis, color=BAR)
    axes[1].axhline(3.0, color=CODEC, linewidth=1)
    axes[1].set_yscale("log")
    _dress(axes[1], "Kurtosis (line: Gaussian)")
    axes[2].imshow(np.asarray(latents.correlation), vmin=-1.0, vmax=1.0, cmap="coolwarm")
    _dress(axes[2], "Correlation between dimensions")
    memory = np.asarray(latents.autocorrelation)
    colours = [BAR, "#8fe8d0", CODEC, "#f28f5b", WARM, "#c2567f"]
    for row, lag, colour in zip(memory, latents.lags_ms, colours, strict=True):
        axes[3].plot(dimensions, row, color=colour, linewidth=1.2, label=f"{lag:.0f} ms")
    axes[3].legend(facecolor=PANEL, edgecolor=RULE, labelcolor=INK, fontsize=8)
    _dress(axes[3], "Correlation with itself, later")
    figure.tight_layout()
    figure.savefig(path, facecolor=NIGHT)


def _bars(axes: Axes, names: list[str], found: Sequence[Interval], ours: set[str]) -> None:
    values = np.array([each.value or 0.0 for each in found])
    low, high = (np.array([getattr(each, side) or 0.0 for each in found]) for side in ("low", "high"))
    reach = np.maximum(0.0, np.stack([values - low, high - values]))
    colours = [CODEC if name in ours else BAR for name in names]
    axes.barh(names, values, xerr=reach, color=colours, ecolor=WARM, error_kw={"elinewidth": 1})
    axes.axvline(0.0, color=DIM, linewidth=1)


def _spectrogram(axes: Axes, samples: Samples, title: str) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    colours = LinearSegmentedColormap.from_list("hobnail", SPECTRUM)
    level = spectrogram_db(samples)
    axes.imshow(level, origin="lower", aspect="auto", cmap=colours, vmin=-RANGE_DB, vmax=0.0)
    axes.set_title(title, color=INK if title != "decoded" else DIM, fontsize=9, pad=3)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_color(RULE)


def _figure(width: float, height: float) -> Figure:
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("the report", extra="plot") from error
    figure = Figure(figsize=(width, height), dpi=80, facecolor=NIGHT)
    FigureCanvasAgg(figure)
    return figure


def _dress(axes: Axes, title: str) -> None:
    axes.set_facecolor(PANEL)
    axes.set_title(title, color=INK, fontsize=11, loc="left")
    axes.tick_params(colors=DIM, labelsize=9)
    for spine in axes.spines.values():
        spine.set_color(RULE)
