"""A scene on one page: pictures, features, events, waveform and spectrogram under one time axis. Needs matplotlib."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hobnail.audio import RATE_HZ
from hobnail.errors import MissingExtraError
from hobnail_trainer.scenes.model import COLUMN, PICTURE_HZ, TICK_HZ, Scene

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STRIP = 14
CURVES = ("speed_m_s", "impulse_n_s", "slip_m_s", "visibility", "luminance")


def write_sheet(scene: Scene, path: Path | str) -> None:
    """Write the page as PNG. Raises MissingExtraError without matplotlib."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("The sheet of a scene", extra="plot") from error
    figure = Figure(figsize=(15.0, 9.5), layout="constrained")
    FigureCanvasAgg(figure)
    seconds = scene.card.duration_frames / RATE_HZ
    strip, curves, wave, spectrum = figure.subplots(4, 1, sharex=True, height_ratios=(1.0, 1.5, 1.0, 1.6))
    card = scene.card
    figure.suptitle(f"{card.situation}, {card.split}, seed {card.seed}: {card.words.exact}")
    _strip(strip, scene, seconds)
    _curves(curves, scene)
    times = np.arange(scene.audio.size) / RATE_HZ
    for number, emitter in enumerate(card.emitters):
        wave.plot(times, scene.stems[number], linewidth=0.4, label=emitter.id)
    wave.set_ylabel("sound")
    wave.legend(loc="upper right", fontsize=7)
    level, extent = _spectrogram(scene)
    spectrum.imshow(level, aspect="auto", origin="lower", extent=extent, cmap="magma", vmin=level.max() - 80)
    spectrum.set_yscale("symlog", linthresh=500)
    spectrum.set_ylabel("Hz")
    spectrum.set_xlabel("s")
    for axes in (curves, wave, spectrum):
        _mark(axes, scene)
    strip.set_xlim(0.0, seconds)
    figure.savefig(path, dpi=75)


def _strip(axes: Axes, scene: Scene, seconds: float) -> None:
    """Each picture stands at its own time, which is its left edge."""
    wide = seconds / STRIP
    for number in range(STRIP):
        picture = scene.pictures[min(len(scene.pictures) - 1, round(number * wide * PICTURE_HZ))]
        axes.imshow(picture, extent=(number * wide, (number + 0.97) * wide, 0.0, 1.0), aspect="auto")
    axes.set_ylim(0.0, 1.0)
    axes.set_yticks([])


def _curves(axes: Axes, scene: Scene) -> None:
    times = np.arange(scene.features.shape[1]) / TICK_HZ
    lane = 0
    for number, emitter in enumerate(scene.card.emitters):
        for name in CURVES:
            values = scene.features[number, :, COLUMN[name]]
            if not np.isfinite(values).any() or np.nanmax(values) <= 0.0:
                continue
            top = float(np.nanmax(values))
            axes.plot(times, lane + 0.85 * values / top, linewidth=0.9)
            axes.text(times[-1], lane + 0.2, f" {emitter.id} {name} ≤ {top:.3g}", fontsize=7)
            lane += 1
    axes.set_ylim(0.0, lane)
    axes.set_yticks([])
    axes.set_ylabel("features")


def _mark(axes: Axes, scene: Scene) -> None:
    colours = {"trigger": "tab:red", "start": "tab:green", "stop": "tab:gray"}
    for event in scene.card.events:
        axes.axvline(event.at / RATE_HZ, color=colours[event.action], linewidth=0.6, alpha=0.8)


def _spectrogram(scene: Scene) -> tuple[np.ndarray, tuple[float, float, float, float]]:
    size, hop = 1024, 256
    audio = np.pad(scene.audio, (size // 2, size))
    windows = np.lib.stride_tricks.sliding_window_view(audio, size)[::hop] * np.hanning(size)
    level = 20.0 * np.log10(np.abs(np.fft.rfft(windows, axis=1)).T + 1e-6)
    return level, (0.0, windows.shape[0] * hop / RATE_HZ, 0.0, RATE_HZ / 2)
