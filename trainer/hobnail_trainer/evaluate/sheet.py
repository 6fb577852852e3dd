"""The picture: what was recorded, what the codec keeps of it, what the network and the rules make of the same words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from hobnail.errors import MissingExtraError
from hobnail_trainer.corpus.model import CATEGORIES
from hobnail_trainer.corpus.report.picture import DIM, INK, NIGHT, RANGE_DB, RULE, SPECTRUM, spectrogram_db
from hobnail_trainer.corpus.sound import Samples
from hobnail_trainer.evaluate.held import Held

PROMPTS: Final = 24
COLUMNS: Final = 6
KINDS: Final = ("recording", "codec", "model", "rules")


class Shown(NamedTuple):
    """A column of the picture."""

    caption: str
    sounds: tuple[Samples | None, ...]  #: in the order of KINDS


def choose_shown(clips: Sequence[Held], count: int = PROMPTS) -> list[int]:
    """Places of clips with different words, the categories by turns."""
    piles: dict[str, list[int]] = {}
    said: set[str] = set()
    for place, held in enumerate(clips):
        if held.clip.captions.exact not in said:
            said.add(held.clip.captions.exact)
            piles.setdefault(held.clip.category, []).append(place)
    chosen: list[int] = []
    while any(piles.values()) and len(chosen) < count:
        chosen += [piles[name].pop(0) for name in CATEGORIES if piles.get(name)]
    return chosen[:count]


def draw_sheet(shown: Sequence[Shown], title: str, path: Path) -> None:
    """Write the picture. Raises MissingExtraError without matplotlib."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.colors import LinearSegmentedColormap
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("the sheet", extra="plot") from error
    bands = -(-len(shown) // COLUMNS)
    figure = Figure(figsize=(20.0, 1.0 + 6.2 * bands), dpi=80, facecolor=NIGHT)
    FigureCanvasAgg(figure)
    figure.text(0.02, 0.995, title, color=INK, fontsize=15, va="top")
    outer = figure.add_gridspec(bands, COLUMNS, left=0.02, right=0.99, top=0.965, bottom=0.01, hspace=0.12, wspace=0.06)
    colours = LinearSegmentedColormap.from_list("hobnail", SPECTRUM)
    for place, each in enumerate(shown):
        inner = outer[place // COLUMNS, place % COLUMNS].subgridspec(len(KINDS), 1, hspace=0.05)
        for row, (kind, samples) in enumerate(zip(KINDS, each.sounds, strict=True)):
            axes = figure.add_subplot(inner[row])
            axes.set_facecolor(NIGHT)
            if samples is not None and samples.any():
                level = spectrogram_db(samples)
                axes.imshow(level, origin="lower", aspect="auto", cmap=colours, vmin=-RANGE_DB, vmax=0.0)
            if row == 0:
                axes.set_title(each.caption[:36], color=INK, fontsize=9, pad=3)
            axes.set_ylabel(kind, color=DIM, fontsize=7, labelpad=1)
            axes.set_xticks([])
            axes.set_yticks([])
            for spine in axes.spines.values():
                spine.set_color(RULE)
    figure.savefig(path, facecolor=NIGHT)
