"""A picture for each section, drawn from the report's numbers alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from hobnail_trainer.codec.model import Interval
from hobnail_trainer.corpus.report.picture import BAR, DIM, INK, NIGHT
from hobnail_trainer.suite.model import (
    Adherence,
    AdherenceRow,
    Audit,
    Control,
    ControlEngine,
    Quality,
    QualityRow,
    Seams,
    Structure,
    Sync,
    Variety,
)
from hobnail_trainer.suite.report.canvas import COLOURS, SERIES, dress, figure_of, legend, png_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TOLERANCES: Final = ("10", "25", "50", "100")


def draw_quality(found: Quality) -> bytes:
    """KAD of all clips by judge, and of what the rules can play."""
    judges = list(found.judges)
    figure = figure_of(4.4)
    axes = figure.subplots(1, len(judges), squeeze=False)[0]
    for place, judge in enumerate(judges):
        _kads(axes[place], [row for row in found.rows if row.name != "recording"], judge)
        dress(axes[place], f"KAD times 100, {'ours' if judge == 'ours' else judge}: 0 is the recordings' own", grid="x")
        rules = next((row for row in found.playable if row.name == "rules"), None)
        if rules is not None:
            _kads(axes[place], [rules], judge, at=len(found.rows) - 1)
    return png_of(figure)


def _kads(axes: Axes, rows: Sequence[QualityRow], judge: str, at: int = 0) -> None:
    for number, row in enumerate(rows, at):
        _bar(axes, number, row.kad[judge], COLOURS.get(row.name, BAR))
    before = [label.get_text() for label in axes.get_yticklabels()[:at]]
    names = [*before, *(f"{row.name}, {row.clips}" for row in rows)]
    axes.set_yticks(range(len(names)), names)
    if not axes.yaxis_inverted():
        axes.invert_yaxis()


def draw_adherence(found: Adherence) -> bytes:
    """Recognition and text side by side."""
    figure = figure_of(3.4)
    axes = figure.subplots(1, 3)
    asked: tuple[tuple[str, Callable[[AdherenceRow], Interval]], ...] = (
        ("category named right", lambda row: row.category.accuracy if row.category else Interval.unknown()),
        ("material named right", lambda row: row.material.accuracy if row.material else Interval.unknown()),
        ("own caption among all: 0.5 by chance", lambda row: row.rank),
    )
    for place, (title, pick) in enumerate(asked):
        for number, row in enumerate(found.rows):
            _bar(axes[place], number, pick(row), COLOURS.get(row.name, BAR))
        axes[place].set_yticks(range(len(found.rows)), [row.name for row in found.rows])
        axes[place].invert_yaxis()
        axes[place].set_xlim(0.0, 1.0)
        if place == 2:
            axes[place].axvline(0.5, color=DIM, linewidth=1.0, linestyle=":")
        dress(axes[place], title, grid="x")
    return png_of(figure)


def draw_sync(found: Sync) -> bytes:
    """F1 by tolerance."""
    figure = figure_of(3.6)
    axes = figure.subplots(1, 1)
    width = 0.8 / max(1, len(TOLERANCES))
    for number, tolerance in enumerate(TOLERANCES):
        values = [row.f1[tolerance].value or 0.0 for row in found.rows]
        places = np.arange(len(found.rows)) + (number - 1.5) * width
        axes.bar(places, values, width * 0.92, color=SERIES[number], label=f"± {tolerance} ms")
        for place, row in zip(places, found.rows, strict=True):
            each = row.f1[tolerance]
            if each.low is not None and each.high is not None:
                axes.plot([place, place], [each.low, each.high], color=INK, linewidth=1.0)
    axes.set_xticks(
        range(len(found.rows)), [f"{row.name}\n{row.events} events, {row.heard} heard" for row in found.rows]
    )
    axes.set_ylim(0.0, 1.05)
    dress(axes, "F1 of beginnings")
    legend(axes, ncols=4, loc="upper right")
    return png_of(figure)


def draw_control(found: Control) -> bytes:
    """Curves of every engine, and its cross-talk."""
    figure = figure_of(3.5 * len(found.engines))
    axes = figure.subplots(len(found.engines), 4, squeeze=False)
    for row, engine in enumerate(found.engines):
        for column, curve in enumerate(engine.curves):
            here = axes[row, column]
            here.fill_between(curve.values, curve.low, curve.high, color=SERIES[column], alpha=0.25, linewidth=0)
            here.plot(curve.values, curve.median, color=SERIES[column], linewidth=2.0, marker="o", markersize=3)
            dress(here, f"{engine.engine}: {curve.axis}, {curve.unit}")
            rho = curve.spearman.value
            here.set_xlabel(
                f"Spearman {'-' if rho is None else f'{rho:.2f}'}, {curve.pairs} pairs", color=DIM, fontsize=9
            )
        _cross_talk(axes[row, 3], engine)
    return png_of(figure)


def _cross_talk(axes: Axes, engine: ControlEngine) -> None:
    table = np.array(engine.cross_talk)
    axes.imshow(np.abs(table), vmin=0.0, vmax=1.0, cmap="cividis", aspect="auto")
    for row, column in np.ndindex(table.shape):
        ink = NIGHT if abs(table[row, column]) > 0.6 else INK
        axes.text(column, row, f"{table[row, column]:.2f}", ha="center", va="center", color=ink, fontsize=8)
    axes.set_xticks(range(table.shape[1]), engine.measures, rotation=55, ha="right")
    axes.set_yticks(range(table.shape[0]), [curve.axis for curve in engine.curves])
    dress(axes, f"{engine.engine}: Spearman, control by measure")
    axes.grid(visible=False)


def draw_variety(found: Variety) -> bytes:
    """Spread of takes, and distance to train clips."""
    figure = figure_of(2.6)
    axes = figure.subplots(1, 2)
    for here, table, title in (
        (axes[0], found.spread, "spread of takes, of the median distance of two recordings"),
        (axes[1], found.nearest, "distance to the nearest train clip"),
    ):
        for number, (_, value) in enumerate(table.items()):
            _bar(here, number, value, SERIES[number % len(SERIES)])
        here.set_yticks(range(len(table)), list(table))
        here.invert_yaxis()
        dress(here, title, grid="x")
    axes[1].axvline(found.distinct, color=DIM, linewidth=1.0, linestyle=":")
    return png_of(figure)


def draw_structure(found: Structure) -> bytes:
    """Modulation spectra, and how long sounds last."""
    figure = figure_of(3.8)
    axes = figure.subplots(1, 2)
    for name, depth in found.modulation.items():
        axes[0].plot(
            found.modulation_hz,
            depth,
            color=COLOURS.get(name, BAR),
            linewidth=2.0,
            marker="o",
            markersize=3,
            label=name,
        )
    axes[0].set_xscale("log")
    axes[0].set_xticks([5, 10, 20, 50, 100, 200], ["5", "10", "20", "50", "100", "200"])
    axes[0].minorticks_off()
    dress(axes[0], "depth of modulation, dB, by its frequency in Hz", grid="both")
    legend(axes[0])
    for name, seconds in found.durations.items():
        rising = np.sort(np.maximum(seconds, 0.02))
        axes[1].plot(
            rising, (np.arange(len(rising)) + 1) / len(rising), color=COLOURS.get(name, BAR), linewidth=2.0, label=name
        )
    axes[1].set_xscale("log")
    axes[1].set_xticks([0.03, 0.1, 0.3, 1, 3], ["0.03", "0.1", "0.3", "1", "3"])
    axes[1].minorticks_off()
    dress(axes[1], "share of sounds that last at most so many seconds", grid="both")
    return png_of(figure)


def draw_seams(found: Seams) -> bytes:
    """Level over a minute, clicks, attacks."""
    figure = figure_of(3.2)
    axes = figure.subplots(1, 3, width_ratios=(2.2, 1.0, 1.0))
    for number, curve in enumerate(found.curves):
        axes[0].plot(np.arange(len(curve)) + 0.5, curve, color=SERIES[number % len(SERIES)], linewidth=1.6)
    dress(axes[0], f"level of each second of {len(found.curves)} running voices, dB")
    for number, value in enumerate((found.clicks_at_joins, found.clicks_elsewhere)):
        _bar(axes[1], number, value, SERIES[number])
    axes[1].set_yticks([0, 1], ["joins", "elsewhere"])
    axes[1].invert_yaxis()
    dress(axes[1], "share with a click", grid="x")
    for number, (name, value) in enumerate(found.rise_ms.items()):
        _bar(axes[2], number, value, COLOURS.get(name, BAR))
    axes[2].set_yticks(range(len(found.rise_ms)), list(found.rise_ms))
    axes[2].invert_yaxis()
    dress(axes[2], "rise of first attacks, ms", grid="x")
    return png_of(figure)


def draw_audit(found: Audit) -> bytes:
    """Scores, and what they are worth."""
    figure = figure_of(3.0)
    axes = figure.subplots(1, 2)
    for number, row in enumerate(found.rows):
        _bar(axes[0], number, row.score, COLOURS.get(row.name, BAR))
    axes[0].set_yticks(range(len(found.rows)), [row.name for row in found.rows])
    axes[0].invert_yaxis()
    dress(axes[0], "the proxy's score: 1 clean, 0 wrecked", grid="x")
    table = {**{f"{name}, never heard": each for name, each in found.validity.items()}, **found.within}
    for number, (name, value) in enumerate(table.items()):
        _bar(axes[1], number, value, SERIES[0] if "never" in name else DIM)
    axes[1].set_yticks(range(len(table)), list(table))
    axes[1].invert_yaxis()
    axes[1].set_xlim(min(0.0, axes[1].get_xlim()[0]), 1.0)
    dress(axes[1], "its validity: Spearman of level and badness", grid="x")
    return png_of(figure)


def _bar(axes: Axes, place: int, value: Interval, colour: str) -> None:
    if value.value is None:
        axes.text(0.0, place, " -", color=DIM, va="center", fontsize=9)
        return
    axes.barh(place, value.value, 0.62, color=colour)
    if value.low is not None and value.high is not None and value.high > value.low:
        axes.plot([value.low, value.high], [place, place], color=INK, linewidth=1.4, solid_capstyle="butt")
