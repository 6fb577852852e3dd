"""Figures as characters: meters, shares, lines over time and distributions. Pure; every width is exact."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

from rich.text import Text

from hobnail.histogram import Bins

_EIGHTHS: Final = " ▁▂▃▄▅▆▇█"
_PARTS: Final = " ▏▎▍▌▋▊▉█"
_SHARES: Final = ("cyan", "magenta", "yellow", "green", "blue", "red")
FLOOR_DB: Final = -60.0


def meter(level_db: float, width: int) -> Text:
    """A level meter from -60 dBFS; green, from -12 yellow, from -3 red."""
    share = min(1.0, max(0.0, 1.0 - level_db / FLOOR_DB))
    text = Text()
    drawn = _bar(share, width)
    for place, character in enumerate(drawn):
        db = FLOOR_DB * (1.0 - (place + 1) / width)
        text.append(character, style="red" if db > -3.0 else "yellow" if db > -12.0 else "green")
    return text


def gauge(value: float, most: float, width: int) -> Text:
    """How much of ``most`` is used: green to half of it, yellow to all of it, red beyond."""
    share = value / most if most > 0 else 0.0
    style = "green" if share <= 0.5 else "yellow" if share <= 1.0 else "bold red"
    return Text(_bar(min(1.0, share), width), style=style)


def shares(parts: Mapping[str, float], width: int) -> Text:
    """Parts of a whole side by side, each in its colour. Nothing when there is nothing to share."""
    whole = sum(value for value in parts.values() if value > 0)
    text = Text()
    done, seen = 0, 0.0
    for index, value in enumerate(parts.values()):
        seen += max(0.0, value)
        until = round(width * seen / whole) if whole > 0 else 0
        text.append("█" * (until - done), style=share_style(index))
        done = until
    text.append(" " * (width - done))
    return text


def share_style(index: int) -> str:
    """The colour of the part with that number."""
    return _SHARES[index % len(_SHARES)]


def line(values: Sequence[float], width: int, top: float | None = None) -> Text:
    """The newest values as a line of bars; ``top`` is what fills a cell, the largest value when left out."""
    newest = list(values)[-width:]
    most = max([*newest, 0.0]) if top is None else top
    text = Text(" " * (width - len(newest)))
    for value in newest:
        share = min(1.0, max(0.0, value / most)) if most > 0 else 0.0
        text.append(_EIGHTHS[round(8 * share)], style="red" if top is not None and value > top else "cyan")
    return text


def columns(bins: Bins, *, least_ms: float, most_ms: float, width: int, height: int) -> list[Text]:
    """A distribution as columns over a logarithmic axis, highest row first; what lies outside joins the last column."""
    counts = [0] * width
    for edge, count in bins:
        place = math.log(max(edge, least_ms) / least_ms) / math.log(most_ms / least_ms)
        counts[min(width - 1, max(0, math.ceil(place * width) - 1))] += count
    most = max([*counts, 1])
    rows = []
    for row in reversed(range(height)):
        filled = [count * height / most - row for count in counts]
        cells = [
            _EIGHTHS[min(8, max(0, math.ceil(8 * share)))] if count else " "
            for share, count in zip(filled, counts, strict=True)
        ]
        row_text = Text()
        for cell in cells:  # gaps without a style: a picture then puts each run of bars where it belongs
            row_text.append(cell, style=None if cell == " " else "cyan")
        rows.append(row_text)
    return rows


def axis(*, least_ms: float, most_ms: float, width: int) -> Text:
    """The logarithmic axis under :func:`columns`, in milliseconds."""
    cells = [" "] * width
    tick = 10.0 ** math.ceil(math.log10(least_ms))
    while tick <= most_ms:
        place = round(width * math.log(tick / least_ms) / math.log(most_ms / least_ms))
        label = f"{tick:g}"
        if place + len(label) <= width:
            cells[place : place + len(label)] = label
        tick *= 10.0
    return Text("".join(cells), style="dim")


def _bar(share: float, width: int) -> str:
    eighths = round(share * width * 8)
    full, part = divmod(eighths, 8)
    drawn = "█" * full + (_PARTS[part] if part else "")
    return drawn.ljust(width)[:width]
