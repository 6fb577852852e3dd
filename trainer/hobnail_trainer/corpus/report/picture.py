"""The report's picture: bars, the table of categories and materials, histograms, and example spectrograms."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import soundfile
from numpy.typing import NDArray

from hobnail.audio import RATE_HZ
from hobnail.errors import MissingExtraError
from hobnail_trainer.corpus.model import CATEGORIES, MATERIALS, Clip, Manifest
from hobnail_trainer.corpus.report.tables import Tables

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure

NIGHT: Final = "#0e1117"
PANEL: Final = "#12161f"
RULE: Final = "#262d3b"
DIM: Final = "#8b95a7"
INK: Final = "#eef1f6"
BAR: Final = "#6db8ff"
SPLIT_COLOURS: Final = {"train": "#6db8ff", "validation": "#ffd98a", "test": "#f28f8f"}
SPECTRUM: Final = ("#12161f", "#1b2440", "#33407d", "#6a4fa3", "#c2567f", "#f28f5b", "#ffd98a", "#fff8e3")
EXAMPLES: Final = 48
COLUMNS: Final = 8
LONGEST_S: Final = 3.0  #: of an example
RANGE_DB: Final = 70.0


def draw_report(manifest: Manifest, tables: Tables, corpus: Path, path: Path, *, seed: int) -> list[Clip]:
    """Write the picture; gives the clips whose spectrograms are in it. Raises MissingExtraError without matplotlib."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("the report", extra="plot") from error
    examples = choose_examples(manifest.clips, seed=seed)
    figure = Figure(figsize=(20.0, 27.0), dpi=80, facecolor=NIGHT)
    FigureCanvasAgg(figure)
    rows = -(-EXAMPLES // COLUMNS)
    outer = figure.add_gridspec(3, 1, height_ratios=(5.0, 4.6, 13.0), left=0.06, right=0.985, top=0.945, bottom=0.015)
    top = outer[0].subgridspec(1, 3, wspace=0.28)
    _draw_categories(figure.add_subplot(top[0]), tables)
    _draw_materials(figure.add_subplot(top[1]), tables)
    _draw_cross(figure.add_subplot(top[2]), tables)
    middle = outer[1].subgridspec(1, 4, wspace=0.22)
    _draw_histograms([figure.add_subplot(middle[column]) for column in range(4)], manifest.clips)
    grid = outer[2].subgridspec(rows, COLUMNS, hspace=0.34, wspace=0.08)
    for place, clip in enumerate(examples):
        _draw_example(figure.add_subplot(grid[place // COLUMNS, place % COLUMNS]), clip, corpus)
    _write_heading(figure, manifest, tables)
    figure.savefig(path, facecolor=NIGHT)
    return examples


def choose_examples(clips: Sequence[Clip], *, seed: int, count: int = EXAMPLES) -> list[Clip]:
    """Clips at random, the categories by turns, so that rare ones are seen too."""
    chance = random.Random(seed)
    piles = [[clip for clip in clips if clip.category == category] for category in CATEGORIES]
    piles = [chance.sample(pile, len(pile)) for pile in piles if pile]
    chosen: list[Clip] = []
    while len(chosen) < min(count, len(clips)):
        chosen += [pile.pop() for pile in piles if pile]
    return sorted(chosen[:count], key=lambda clip: (CATEGORIES.index(clip.category), clip.id))


def spectrogram_db(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Level in dB below the loudest bin, float32 [bins, frames], 60 Hz to 20 kHz in 120 steps of equal ratio."""
    window, hop = 1024, 240
    padded = np.pad(samples, (window // 2, max(window, window - samples.size)))
    views = np.lib.stride_tricks.sliding_window_view(padded, window)[::hop]
    power = np.abs(np.fft.rfft(views * np.hanning(window), 4 * window)) ** 2
    bins = np.round(np.geomspace(60.0, 20_000.0, 120) / RATE_HZ * 4 * window).astype(int)
    level = 10.0 * np.log10(power[:, bins].T + 1e-12)
    return np.asarray(level - level.max(), dtype=np.float32)


def _draw_categories(axes: Axes, tables: Tables) -> None:
    names = [name for name, count in tables.by_category.items() if count.clips][::-1]
    left = np.zeros(len(names))
    for split, colour in SPLIT_COLOURS.items():
        widths = np.array([tables.by_category_split.get((name, split), 0) for name in names])
        axes.barh(names, widths, left=left, color=colour, label=split)
        left += widths
    for row, name in enumerate(names):
        count = tables.by_category[name]
        axes.text(left[row], row, f" {count.clips} · {count.minutes:.1f} min", color=DIM, fontsize=9, va="center")
    axes.set_xlim(0, left.max() * 1.35)
    axes.legend(facecolor=PANEL, edgecolor=RULE, labelcolor=INK, fontsize=9, loc="lower right")
    _dress(axes, "Clips by category and split")


def _draw_materials(axes: Axes, tables: Tables) -> None:
    names = list(tables.by_material)[::-1]
    clips = [tables.by_material[name].clips for name in names]
    axes.barh(names, clips, color=[BAR if count >= 12 else "#f28f8f" for count in clips])
    for row, name in enumerate(names):
        count = tables.by_material[name]
        words = f" {count.clips} · {count.families} families · {tables.footsteps.get(name, 0)} footsteps"
        axes.text(count.clips, row, words, color=DIM, fontsize=9, va="center")
    axes.set_xlim(0, max(clips) * 1.5)
    _dress(axes, "Clips by material (red: fewer than 12)")


def _draw_cross(axes: Axes, tables: Tables) -> None:
    categories = [name for name, count in tables.by_category.items() if count.clips]
    materials = [name for name in MATERIALS if tables.by_material[name].clips]
    table = np.array([[tables.by_category_material.get((c, m), 0) for m in materials] for c in categories])
    axes.imshow(np.log1p(table), aspect="auto", cmap=_colours())
    for row, column in np.argwhere(table > 0):
        ink = NIGHT if np.log1p(table[row, column]) > 0.75 * np.log1p(table.max()) else INK
        axes.text(column, row, str(table[row, column]), ha="center", va="center", color=ink, fontsize=8)
    axes.set_xticks(range(len(materials)), materials, rotation=60, ha="right")
    axes.set_yticks(range(len(categories)), categories)
    _dress(axes, "Category by material")


def _draw_histograms(axes: Sequence[Axes], clips: Sequence[Clip]) -> None:
    seconds = [clip.frames / RATE_HZ for clip in clips]
    axes[0].hist(seconds, bins=np.geomspace(0.05, 200.0, 48).tolist(), color=BAR)
    axes[0].set_xscale("log")
    _dress(axes[0], "Duration, s")
    levels = [clip.attributes.loudness_lufs for clip in clips]
    axes[1].hist(levels, bins=np.arange(-70.0, 3.0, 1.5).tolist(), color=BAR, label="as found")
    evened = [clip.attributes.loudness_lufs + clip.family_gain_db for clip in clips]
    bins = np.arange(-70.0, 3.0, 1.5).tolist()
    axes[1].hist(evened, bins=bins, histtype="step", color="#ffd98a", label="with the family's gain")
    axes[1].legend(facecolor=PANEL, edgecolor=RULE, labelcolor=INK, fontsize=9)
    _dress(axes[1], "Loudness, LUFS (momentary, largest)")
    axes[2].hist([clip.attributes.centroid_hz for clip in clips], bins=np.geomspace(40, 16_000, 48).tolist(), color=BAR)
    axes[2].set_xscale("log")
    _dress(axes[2], "Spectral centroid, Hz")
    voiced = [clip.attributes.f0_hz for clip in clips if clip.attributes.f0_hz and clip.attributes.voicing > 0.5]
    axes[3].hist(voiced, bins=np.geomspace(50, 2400, 48).tolist(), color=BAR)
    axes[3].set_xscale("log")
    _dress(axes[3], f"Pitch of the {len(voiced)} clips that are mostly voiced, Hz")


def _draw_example(axes: Axes, clip: Clip, corpus: Path) -> None:
    samples, _ = soundfile.read(corpus / clip.audio, frames=int(LONGEST_S * RATE_HZ), dtype="float32")
    level = spectrogram_db(samples)
    shown_s = samples.size / RATE_HZ
    axes.imshow(level, origin="lower", aspect="auto", cmap=_colours(), vmin=-RANGE_DB, vmax=0.0, extent=(0, 1, 0, 1))
    for at in clip.onset_frames:
        if at / RATE_HZ < shown_s:
            axes.axvline(at / RATE_HZ / shown_s, ymin=0.94, color="#8fe8d0", linewidth=1.0)
    axes.set_title(clip.captions.exact[:38], color=INK, fontsize=8, pad=3)
    words = f"{clip.category} · {clip.frames / RATE_HZ:.2f} s · {clip.package.removesuffix('-data')}"
    axes.set_xlabel(words, color=DIM, fontsize=7, labelpad=2)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_color(RULE)


def _write_heading(figure: Figure, manifest: Manifest, tables: Tables) -> None:
    whole = tables.whole
    figure.text(0.015, 0.985, manifest.header.title, color=INK, fontsize=22, va="top", weight="bold")
    parts = [f"{whole.clips} clips", f"{whole.minutes / 60.0:.2f} hours", f"{whole.families} families"]
    parts += [f"{split} {count.clips}" for split, count in tables.by_split.items()]
    figure.text(0.015, 0.967, "   ·   ".join(parts), color=DIM, fontsize=13, va="top")


def _dress(axes: Axes, title: str) -> None:
    axes.set_facecolor(PANEL)
    axes.set_title(title, color=INK, fontsize=12, loc="left")
    axes.tick_params(colors=DIM, labelsize=9)
    for spine in axes.spines.values():
        spine.set_color(RULE)


def _colours() -> LinearSegmentedColormap:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("hobnail", SPECTRUM)
