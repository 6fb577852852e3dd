"""The picture of a replay: events in lanes, the waveform, and the spectrogram under them, on one time axis."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from hobnail.audio import RATE_HZ
from hobnail.errors import MissingExtraError
from hobnail.report.model import DemoReport
from hobnail.report.palette import DIM, INK, NIGHT, PANEL, RULE, SPECTRUM, lane_colours
from hobnail.report.spectrum import log_spectrogram
from hobnail.trace import Trace

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIZE_INCHES: Final = (16.0, 10.0)
DPI: Final = 100
RANGE_DB: Final = 72.0
LABEL_S: Final = 0.9  # a shorter bar has no room for its name


def draw_picture(
    report: DemoReport, trace: Trace, samples: NDArray[np.float32], path: Path | str, *, scene_start: int = 0
) -> None:
    """Write ``scene.png``. ``samples`` is float32 [frames, channels]; the scene begins at its frame ``scene_start``.

    Raises MissingExtraError without matplotlib.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("the picture", extra="plot") from error
    figure = Figure(figsize=SIZE_INCHES, dpi=DPI, facecolor=NIGHT)
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(
        3, 1, height_ratios=(3.5, 1.7, 4.2), left=0.105, right=0.975, top=0.885, bottom=0.06, hspace=0.05
    )
    lanes, wave, spectrum = (figure.add_subplot(grid[row]) for row in range(3))
    begin_s, end_s = -scene_start / RATE_HZ, (len(samples) - scene_start) / RATE_HZ
    span = (max(begin_s, -0.5), min(end_s, trace.duration_s))
    colours = lane_colours(trace.emitters)
    _draw_lanes(lanes, trace, report, colours)
    _draw_waveform(wave, samples, begin_s, end_s)
    _draw_spectrogram(spectrum, samples, begin_s, end_s)
    for axes in (lanes, wave, spectrum):
        _dress(axes, span)
    for axes in (lanes, wave):
        axes.tick_params(labelbottom=False)
        axes.grid(axis="x", color=RULE, linewidth=0.5, alpha=0.7)
    for axes in (wave, spectrum):
        axes.tick_params(axis="y", labelcolor=DIM)
    spectrum.set_xlabel("seconds", color=DIM, fontsize=10)
    _write_heading(figure, report)
    figure.savefig(path, facecolor=NIGHT)


def _draw_lanes(axes: Axes, trace: Trace, report: DemoReport, colours: dict[str, str]) -> None:
    """One lane per emitter: a bar where something sustained runs, a mark for each event, hollow when missed."""
    missed = {(line.at_s, line.emitter) for line in report.events if line.onset_error_ms is None}
    names = list(dict.fromkeys(event.emitter for event in trace.events))  # in the order in which they are first heard
    running: dict[tuple[str, str], float] = {}
    for event in trace.events:
        lane, at_s, colour = names.index(event.emitter), event.at / RATE_HZ, colours[event.emitter]
        if event.action == "start":
            running[event.emitter, event.name] = at_s
        elif event.action == "stop":
            start_s = running.pop((event.emitter, event.name))
            axes.barh(lane, at_s - start_s, left=start_s, height=0.44, color=colour, alpha=0.32, linewidth=0)
            if at_s - start_s > LABEL_S:
                axes.text((start_s + at_s) / 2, lane, event.name, color=INK, fontsize=8.5, ha="center", va="center")
            continue
        hollow = (round(at_s, 4), event.emitter) in missed
        strength = min(1.0, 0.35 + 0.13 * (event.contact.speed_m_s or 2.0))
        axes.plot(
            [at_s, at_s],
            [lane - 0.4 * strength, lane + 0.4 * strength],
            color=colour,
            linewidth=1.0 if hollow else 2.4,
            linestyle=":" if hollow else "-",
            solid_capstyle="round",
        )
    _mark_grounds(axes, trace)
    axes.set_yticks(range(len(names)), [name.replace("_", " ") for name in names], fontsize=10)
    for label, name in zip(axes.get_yticklabels(), names, strict=True):
        label.set_color(colours[name])
    axes.set_ylim(len(names) - 0.4, -1.9)
    axes.hlines(range(len(names)), -1.0, trace.duration_s, color=RULE, linewidth=0.5, zorder=0)


def _mark_grounds(axes: Axes, trace: Trace) -> None:
    """Above the lanes: what is walked on, as the steps tell it."""
    steps = [event for event in trace.events if event.name == "footstep"]
    first = 0
    for index in range(1, len(steps) + 1):
        ends = index == len(steps)
        if ends or steps[index].contact.material != steps[first].contact.material:
            begin_s, end_s = steps[first].at / RATE_HZ, steps[index - 1].at / RATE_HZ
            axes.plot([begin_s - 0.1, end_s + 0.1], [-0.72, -0.72], color=DIM, linewidth=1.0)
            axes.text(
                (begin_s + end_s) / 2,
                -0.84,
                f"{steps[first].contact.material}",
                color=INK,
                fontsize=10,
                ha="center",
                va="bottom",
                style="italic",
            )
            first = index


def _draw_waveform(axes: Axes, samples: NDArray[np.float32], begin_s: float, end_s: float) -> None:
    """Left above, right below; the outline is the peak of each pixel, the core its rms."""
    columns = 2400
    bounds = np.linspace(0, len(samples), columns + 1).astype(int)[:-1]
    times = np.linspace(begin_s, end_s, columns)
    for channel, (name, sign) in enumerate((("left", 1.0), ("right", -1.0))):
        track = np.abs(samples[:, min(channel, samples.shape[1] - 1)])
        peak = np.maximum.reduceat(track, bounds)
        rms = np.sqrt(np.add.reduceat(track.astype(np.float64) ** 2, bounds) / np.diff([*bounds, len(samples)]))
        axes.fill_between(times, 0.0, sign * np.sqrt(peak), color=SPECTRUM[3], alpha=0.45, linewidth=0)
        axes.fill_between(times, 0.0, sign * np.sqrt(rms), color=SPECTRUM[5], alpha=0.95, linewidth=0)
        axes.text(0.004, 0.5 + sign * 0.36, name, transform=axes.transAxes, color=DIM, fontsize=9, va="center")
    axes.axhline(0.0, color=NIGHT, linewidth=0.8)
    height = max(0.1, 1.06 * float(np.sqrt(np.abs(samples).max(initial=0.0))))
    ticks_db = [level for level in (-3, -12, -24, -40) if 10 ** (level / 40) < height]
    heights = [float(np.sqrt(10 ** (level / 20))) for level in ticks_db]
    axes.set_yticks([*heights, *(-height for height in heights)], [f"{level} dB" for level in ticks_db * 2], fontsize=8)
    axes.set_ylim(-height, height)


def _draw_spectrogram(axes: Axes, samples: NDArray[np.float32], begin_s: float, end_s: float) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    levels_db, edges_hz = log_spectrogram(samples)
    colours: Any = LinearSegmentedColormap.from_list("hobnail", SPECTRUM)
    top_db = float(np.percentile(levels_db, 99.95)) if levels_db.size else 0.0
    axes.imshow(
        levels_db,
        origin="lower",
        aspect="auto",
        cmap=colours,
        vmin=top_db - RANGE_DB,
        vmax=top_db,
        extent=(begin_s, end_s, float(np.log2(edges_hz[0])), float(np.log2(edges_hz[-1]))),
        interpolation="bilinear",
    )
    ticks_hz = (50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000)
    axes.set_yticks(
        [float(np.log2(hz)) for hz in ticks_hz],
        [f"{hz} Hz" if hz < 1000 else f"{hz // 1000} kHz" for hz in ticks_hz],
        fontsize=9,
    )
    axes.set_ylim(float(np.log2(edges_hz[0])), float(np.log2(edges_hz[-1])))


def _dress(axes: Axes, span: tuple[float, float]) -> None:
    axes.set_facecolor(PANEL)
    axes.set_xlim(*span)
    axes.set_xticks(range(0, int(span[1]) + 1, 2))
    axes.tick_params(length=0, pad=5)
    axes.tick_params(axis="x", labelcolor=DIM, labelsize=9)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_axisbelow(True)


def _write_heading(figure: Figure, report: DemoReport) -> None:
    counts = report.counts
    figure.text(0.105, 0.945, report.scene, color=INK, fontsize=19, fontweight="bold")
    facts = [f"{counts.heard} of {counts.sounding} events heard"]
    if report.wire_to_buffer is not None:
        facts.append(
            f"wire to buffer p50 {report.wire_to_buffer.p50_ms:.1f} ms, p99 {report.wire_to_buffer.p99_ms:.1f} ms"
        )
    facts.append(f"{report.underruns} underruns")
    facts.append("engine " + (", ".join(sorted(report.engines)) or "-"))
    figure.text(0.105, 0.908, "   ·   ".join(facts), color=DIM, fontsize=11.5)
    figure.text(0.975, 0.945, "hobnail", color=SPECTRUM[5], fontsize=15, fontweight="bold", ha="right")
