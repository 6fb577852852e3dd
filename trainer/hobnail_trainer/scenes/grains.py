"""Sustained sounds from recordings: grains of them in a row, as loud at every moment as the motion drives them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hobnail.audio import RATE_HZ, db_to_gain
from hobnail.scene import Contact
from hobnail_trainer.corpus.model import Clip
from hobnail_trainer.scenes.model import COLUMN, TICK_FRAMES, Features, Samples
from hobnail_trainer.scenes.source import ClipSource

FADE_FRAMES = 240
LASTING_S = 1.2
"""A recording at least this long is taken in long grains; from a blow, short ones behind its attack."""
LONG_GRAIN, SHORT_GRAIN = 9_600, 2_880
LEVEL_AT_FULL_LUFS: Final[dict[str, float]] = {"scrape": -24.0, "roll": -26.0, "rain": -26.0}
QUIET = 1e-4


class Grain(NamedTuple):
    """A piece of a clip that was used."""

    clip: Clip
    at_frame: int


def drive(name: str, rows: Features, contact: Contact) -> NDArray[np.float64]:
    """How hard a sustained event is driven at every tick, 0..1: rubbing by slip, rolling by speed, rain by momentum."""
    if name == "scrape":
        return np.asarray(np.clip(rows[:, COLUMN["slip_m_s"]].astype(float), 0.0, 1.5) / 1.5)
    if name == "roll":
        heavy = min(1.0, ((contact.mass_kg or 5.0) / 40.0) ** 0.3)
        return np.asarray(np.clip(rows[:, COLUMN["speed_m_s"]].astype(float) / 2.5, 0.0, 1.0) * heavy)
    return np.clip(rows[:, COLUMN["impulse_n_s"]].astype(float) / 1.6e-3, 0.0, 1.0)


def sustained(
    frames: int, level: NDArray[np.float64], clips: Sequence[Clip], source: ClipSource, chance: np.random.Generator
) -> tuple[Samples, list[Grain]]:
    """``frames`` of sound, its amplitude following ``level`` (one number per tick, 1 = full), from grains of clips.

    Grains overlap by half under a sine window; two in a row never come from the same place of the same clip. The
    first begins at its loudest, so that the sound starts where the event does; both ends fade in 5 ms.
    """
    out = np.zeros(frames + LONG_GRAIN, np.float32)
    used: list[Grain] = []
    at, last = 0, ""
    while at < frames:
        others = [clip for clip in clips if clip.id != last] or list(clips)
        clip = others[int(chance.integers(len(others)))]
        last = clip.id
        grain = _grain(clip, source.samples(clip), chance)
        start = at - grain.size // 2  # the first grain's louder half is what is heard of it
        first = max(0, -start)
        out[start + first : start + grain.size] += grain[first:]
        used.append(Grain(clip, at))
        at += grain.size // 2
    shaped = out[:frames] * _envelope(level, frames)
    fade = min(FADE_FRAMES, frames // 2)
    ramp = np.linspace(0.0, 1.0, fade, endpoint=False, dtype=np.float32)
    shaped[:fade] *= ramp + np.float32(1.0 / max(1, fade))  # the very first sample sounds
    shaped[frames - fade :] *= ramp[::-1]
    return shaped, used


def full_gain(name: str) -> float:
    """Amplitude of grains (unit RMS) when fully driven."""
    return db_to_gain(LEVEL_AT_FULL_LUFS[name])


def _grain(clip: Clip, samples: Samples, chance: np.random.Generator) -> Samples:
    """A piece at unit RMS under its window."""
    onset = clip.onset_frames[0] if clip.onset_frames else 0
    if clip.frames > LASTING_S * RATE_HZ:
        length, first, last = LONG_GRAIN, onset, clip.frames - LONG_GRAIN
    else:
        length, first = SHORT_GRAIN, onset + 240
        last = min(clip.frames - length, first + 9_600)  # not the dying tail
    begin = int(chance.integers(first, last)) if last > first else max(0, min(first, clip.frames - length))
    piece = np.zeros(length, np.float32)
    part = samples[begin : begin + length]
    piece[: part.size] = part
    rms = float(np.sqrt(np.mean(np.square(piece))))
    window = np.sin(np.pi * (np.arange(length) + 0.5) / length).astype(np.float32)  # overlaps to equal power
    return piece * window / np.float32(max(rms, QUIET))


def _envelope(level: NDArray[np.float64], frames: int) -> Samples:
    ticks = (np.arange(level.size) * TICK_FRAMES).astype(float)
    return np.interp(np.arange(frames), ticks, np.nan_to_num(level)).astype(np.float32)
