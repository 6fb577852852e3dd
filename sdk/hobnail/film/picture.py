"""One page that shows a film and its sound: filmstrip, motion with the contacts, waveform, spectrogram."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from hobnail.audio import RATE_HZ
from hobnail.contracts import Float32
from hobnail.errors import MissingExtraError
from hobnail.film.motion import HZ, motion_curve
from hobnail.film.score import FilmScore

STRIP: Final = 14  # pictures across
_WINDOW: Final = 1024
_HOP: Final = 512


def draw_film(score: FilmScore, sound: Float32, part: Path) -> None:
    """Write a PNG. Raises MissingExtraError without matplotlib."""
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise MissingExtraError("Drawing the film", extra="plot") from error
    length_s = score.film.duration_s
    figure = Figure(figsize=(14, 9), layout="constrained")
    strip, motion, wave, spectrum = figure.subplots(4, 1, sharex=True, height_ratios=(1.1, 1.2, 1.0, 1.6))
    pictures = score.film.pictures
    for number in range(STRIP):
        at = int(np.searchsorted(score.film.at_frames, (number + 0.5) * score.film.frames / STRIP))
        extent = (number * length_s / STRIP, (number + 1) * length_s / STRIP, 0.0, 1.0)
        strip.imshow(pictures[min(at, len(pictures) - 1)], extent=extent, aspect="auto")
    strip.set_yticks([])
    strip.set_title(score.timeline.title or "film")
    curve = motion_curve(score.rows)
    motion.plot(np.arange(len(curve)) / HZ, curve, color="0.3")
    for event in score.timeline.events:
        motion.axvline(
            event.frame / RATE_HZ, color="tab:red", alpha=0.35 + 0.6 * (event.confidence or 1.0), linewidth=1
        )
    motion.set_ylabel("motion, events")
    mono = np.asarray(sound.mean(axis=1))
    step = max(1, len(mono) // 4000)
    folded = np.abs(mono[: len(mono) // step * step]).reshape(-1, step).max(axis=1) if len(mono) >= step else mono
    wave.fill_between(np.arange(len(folded)) * step / RATE_HZ, -folded, folded, color="tab:blue", linewidth=0)
    wave.set_ylabel("sound")
    if len(mono) >= _WINDOW:
        spectrum.imshow(_spectrogram(mono), origin="lower", aspect="auto", extent=(0.0, length_s, 0.0, RATE_HZ / 2))
    spectrum.set_ylim(0, 12_000)
    spectrum.set_ylabel("Hz")
    spectrum.set_xlabel("s")
    spectrum.set_xlim(0.0, length_s)
    figure.savefig(part, format="png", dpi=80)


def _spectrogram(mono: Float32) -> Float32:
    """Decibels, float32 [bins, windows], 90 dB deep."""
    windows = np.lib.stride_tricks.sliding_window_view(mono, _WINDOW)[::_HOP]
    level = np.abs(np.fft.rfft(windows * np.hanning(_WINDOW), axis=1)).T
    decibels = 20.0 * np.log10(np.maximum(level, 1e-9))
    return np.asarray(np.maximum(decibels, decibels.max() - 90.0), np.float32)
