"""Sounds to be looked at: the same captions in every set, and made sounds beside the train clips nearest to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from hobnail_trainer.corpus.model import CATEGORIES, Clip
from hobnail_trainer.corpus.report.picture import DIM, INK, PANEL, RANGE_DB, spectrogram_db
from hobnail_trainer.corpus.sound import Samples
from hobnail_trainer.suite.build import Built
from hobnail_trainer.suite.report.canvas import figure_of, png_of, spectrum_colours
from hobnail_trainer.suite.sets import CODEC, MODEL, NEAREST, RECORDING, RULES
from hobnail_trainer.suite.variety import Shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes

KINDS: Final = (RECORDING, CODEC, MODEL, NEAREST, RULES)
COLUMNS: Final = 8


def draw_sheet(built: Built, rows: int = 6) -> bytes:
    """``rows`` times eight captions, the categories by turns."""
    places = chosen_places([each.clip for each in built.listening.clips], rows * COLUMNS)
    bands = -(-len(places) // COLUMNS)
    figure = figure_of(0.4 + 4.6 * bands)
    outer = figure.add_gridspec(bands, COLUMNS, hspace=0.06)
    for number, place in enumerate(places):
        inner = outer[number // COLUMNS, number % COLUMNS].subgridspec(len(KINDS), 1, hspace=0.0)
        for row, kind in enumerate(KINDS):
            part = built.sets[kind].only([place])
            axes = figure.add_subplot(inner[row])
            _show(axes, part.windows[0] if part.windows else None)
            if row == 0:
                axes.set_title(
                    _short(built.listening.clips[place].clip.captions.exact, 24), color=INK, fontsize=8, pad=3
                )
            if number % COLUMNS == 0:
                axes.set_ylabel(kind, color=DIM, fontsize=8)
    return png_of(figure)


def draw_closest(shown: Sequence[Shown]) -> bytes:
    """Made above, the nearest train clip below."""
    figure = figure_of(2.9)
    grid = figure.add_gridspec(2, max(1, len(shown)), hspace=0.02)
    for column, each in enumerate(shown):
        for row, samples in enumerate((each.made, each.near)):
            axes = figure.add_subplot(grid[row, column])
            _show(axes, samples)
            words = each.pair.made if row == 0 else each.pair.near
            axes.set_title(_short(words, 23), color=INK, fontsize=8, pad=3)
            if column == 0:
                axes.set_ylabel(("made", "train clip")[row], color=DIM, fontsize=8)
            if row == 1:
                axes.set_xlabel(f"{each.pair.distance:.2f}", color=DIM, fontsize=8)
    return png_of(figure)


def chosen_places(clips: Sequence[Clip], count: int) -> list[int]:
    """Of clips with different words, the categories by turns."""
    piles: dict[str, list[int]] = {}
    said: set[str] = set()
    for place, clip in enumerate(clips):
        if clip.captions.exact not in said:
            said.add(clip.captions.exact)
            piles.setdefault(clip.category, []).append(place)
    chosen: list[int] = []
    while any(piles.values()) and len(chosen) < count:
        chosen += [piles[name].pop(0) for name in CATEGORIES if piles.get(name)]
    return chosen[:count]


def _show(axes: Axes, samples: Samples | None) -> None:
    axes.set_facecolor(PANEL)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    if samples is not None and samples.any():
        level = spectrogram_db(samples)
        axes.imshow(level, origin="lower", aspect="auto", cmap=spectrum_colours(), vmin=-RANGE_DB, vmax=0.0)
    else:
        axes.text(0.5, 0.5, "none", color=DIM, fontsize=7, ha="center", va="center", transform=axes.transAxes)


def _short(words: str, most: int) -> str:
    return words if len(words) <= most else f"{words[: most - 1].rstrip()}…"
