"""One page that shows a film and its sound: filmstrip, motion with the contacts, waveform, spectrogram, attention."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from hobnail.audio import RATE_HZ
from hobnail.contracts import Float32
from hobnail.errors import MissingExtraError
from hobnail.film.motion import HZ, motion_curve
from hobnail.film.score import FilmScore

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STRIP: Final = 14  # pictures across
STREAMS: Final = ("text", "vision", "history")
_COLOURS: Final = ("tab:blue", "tab:orange", "tab:green")
_WINDOW: Final = 1024
_HOP: Final = 512
_GRID_S: Final = 0.02


def draw_film(score: FilmScore, sound: Float32, part: Path, attention: NDArray[np.float64] | None = None) -> None:
    """Write a PNG. Raises MissingExtraError without matplotlib.

    ``attention`` float64 [blocks, 5]: what a network's blocks were made from (``OfflineSession.attention``); with any,
    a row more shows it over time.
    """
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise MissingExtraError("Drawing the film", extra="plot") from error
    attended = attention is not None and len(attention) > 0
    heights = (1.1, 1.2, 1.0, 1.6, 1.0) if attended else (1.1, 1.2, 1.0, 1.6)
    figure = Figure(figsize=(14, 2.2 * len(heights)), layout="constrained")
    rows: Any = figure.subplots(len(heights), 1, sharex=True, height_ratios=heights)
    _strip(rows[0], score)
    _motion(rows[1], score)
    mono = np.asarray(sound.mean(axis=1))
    _wave(rows[2], mono)
    if len(mono) >= _WINDOW:
        rows[3].imshow(
            _spectrogram(mono), origin="lower", aspect="auto", extent=(0.0, len(mono) / RATE_HZ, 0.0, 24_000)
        )
    rows[3].set_ylim(0, 12_000)
    rows[3].set_ylabel("Hz")
    if attention is not None and attended:
        _attention(rows[4], attention, score.film.duration_s)
    rows[-1].set_xlabel("s")
    rows[-1].set_xlim(0.0, score.film.duration_s)
    figure.savefig(part, format="png", dpi=80)


def weights_over_time(attention: NDArray[np.float64], duration_s: float) -> NDArray[np.float64]:
    """Mean weights of what sounds in every 20 ms, float64 [steps, 3], as STREAMS; NaN where nothing does."""
    count = max(1, round(duration_s / _GRID_S))
    sums, sounding = np.zeros((count, 3)), np.zeros(count)
    for first, frames, *weights in attention:
        begin = int(first / RATE_HZ / _GRID_S)
        end = max(begin + 1, round((first + frames) / RATE_HZ / _GRID_S))
        sums[begin:end] += weights
        sounding[begin:end] += 1
    return np.where(sounding[:, None] > 0, sums / np.maximum(sounding, 1)[:, None], np.nan)


def _strip(axes: Axes, score: FilmScore) -> None:
    pictures, length_s = score.film.pictures, score.film.duration_s
    for number in range(STRIP):
        at = int(np.searchsorted(score.film.at_frames, (number + 0.5) * score.film.frames / STRIP))
        extent = (number * length_s / STRIP, (number + 1) * length_s / STRIP, 0.0, 1.0)
        axes.imshow(pictures[min(at, len(pictures) - 1)], extent=extent, aspect="auto")
    axes.set_yticks([])
    axes.set_title(score.timeline.title or "film")


def _motion(axes: Axes, score: FilmScore) -> None:
    curve = motion_curve(score.levels)
    axes.plot(np.arange(len(curve)) / HZ, curve, color="0.3")
    for event in score.timeline.events:
        sure = 1.0 if event.confidence is None else event.confidence
        axes.axvline(event.frame / RATE_HZ, color="tab:red", alpha=min(1.0, 0.35 + 0.6 * sure), linewidth=1)
    axes.set_ylabel("motion, events")


def _wave(axes: Axes, mono: Float32) -> None:
    step = max(1, len(mono) // 4000)
    folded = np.abs(mono[: len(mono) // step * step]).reshape(-1, step).max(axis=1) if len(mono) >= step else mono
    axes.fill_between(np.arange(len(folded)) * step / RATE_HZ, -folded, folded, color="tab:blue", linewidth=0)
    axes.set_ylabel("sound")


def _attention(axes: Axes, attention: NDArray[np.float64], duration_s: float) -> None:
    weights = weights_over_time(attention, duration_s)
    at = np.arange(len(weights)) * _GRID_S
    shown = np.nan_to_num(weights)
    axes.stackplot(at, *shown.T, labels=STREAMS, colors=_COLOURS, alpha=0.8, step="post")
    axes.set_ylim(0.0, 1.0)
    axes.set_ylabel("attention")
    axes.legend(loc="upper right", ncols=3, fontsize="small")


def _spectrogram(mono: Float32) -> Float32:
    """Decibels, float32 [bins, windows], 90 dB deep."""
    windows = np.lib.stride_tricks.sliding_window_view(mono, _WINDOW)[::_HOP]
    level = np.abs(np.fft.rfft(windows * np.hanning(_WINDOW), axis=1)).T
    decibels = 20.0 * np.log10(np.maximum(level, 1e-9))
    return np.asarray(np.maximum(decibels, decibels.max() - 90.0), np.float32)
