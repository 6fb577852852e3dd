"""How well the events fit the game's own sound: measured on the sound alone, against the log's times.

The game mixes ahead: its sound track runs before its pictures by a constant that the log tells (``painted``). The
sound is shifted by that constant first, and what is left is what the figures say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from match.avi import GAME_RATE_HZ
from match.hearing import HeardEvent
from match.log import MatchLog
from match.placing import FULL_VOLUME
from match.scoring import PICTURES_HZ

Float = NDArray[np.float64]
HOP: Final = 49  # 1.1 ms; 36 of them are one picture exactly
_WINDOW: Final = 256
_PICTURE_HOPS: Final = GAME_RATE_HZ // PICTURES_HZ // HOP
_SEARCH_HOPS: Final = 2 * _PICTURE_HOPS
_ALONE_S: Final = 0.12
_SHIFTS: Final = 5
_LOUD: Final = FULL_VOLUME // 2
"""Far sounds are masked by near ones that are no events of ours: voices, teleports, doors."""


@dataclass(frozen=True, slots=True)
class Synchrony:
    """The figures."""

    lead_ms: float  #: by how much the sound track ran before the pictures, taken out
    wander_ms: float  #: largest distance of the mixer's own clock from that constant
    alone: int  #: moments with a near event and no other beginning of a sound within 120 ms
    rises: int  #: of these, at how many the sound rises clearly within 80 ms
    within_12_ms: int  #: of these, at how many the sound begins within 12 ms of the event; by chance it were 15 %
    offset_ms: tuple[float, float, float]  #: of these, sound minus event: 5th percentile, median, 95th
    correlation: dict[int, float]  #: of all events with the rises of the sound, by shift in pictures
    best_shift: int


def aligned(sound: NDArray[np.int16], log: MatchLog) -> tuple[NDArray[np.int16], float, float]:
    """The sound track so that picture k stands at k / 25 s; its lead and its greatest wander, both in seconds."""
    late = np.array(
        [
            index / PICTURES_HZ - (frame.painted - log.painted_at_start) / GAME_RATE_HZ
            for index, frame in enumerate(log.frames)
        ][_SHIFTS:]
    )
    lead = float(np.median(late))
    frames = round(lead * GAME_RATE_HZ)
    silence = np.zeros((max(0, frames), sound.shape[1]), dtype=np.int16)
    return np.concatenate([silence, sound[max(0, -frames) :]]), lead, float(np.max(np.abs(late - lead)))


def measure(log: MatchLog, heard: Sequence[HeardEvent], sound: NDArray[np.int16]) -> Synchrony:
    """``sound``: the game's own, int16 [frames, 2] at 44.1 kHz, as the video has it."""
    track, lead, wander = aligned(sound, log)
    rise = rises(track.mean(axis=1) / 32768.0)
    times = sorted({event.frame for event in heard})
    loud = {event.frame for event in heard if event.fresh and event.sound.left + event.sound.right >= _LOUD}
    begins = sorted({*times, *_beginnings(log)})
    alone = [
        time
        for before, time, after in zip([-99, *begins], begins, [*begins[1:], 10**9], strict=False)
        if time in loud and min(time - before, after - time) > _ALONE_S * PICTURES_HZ
    ]
    span = _SEARCH_HOPS
    clear = 4.0 * float(np.median(rise[rise > 0]))
    offsets = []
    for time in alone:
        middle = time * _PICTURE_HOPS
        near = rise[max(0, middle - span) : middle + span]
        if near.size and near.max() > clear:
            offsets.append(round((int(np.argmax(near)) - min(middle, span)) * HOP / GAME_RATE_HZ * 1000, 1))
    low, median, high = (float(value) for value in np.percentile(offsets, (5, 50, 95))) if offsets else (np.nan,) * 3
    correlation = {shift: round(_fit(rise, times, shift), 3) for shift in range(-_SHIFTS, _SHIFTS + 1)}
    return Synchrony(
        lead_ms=round(lead * 1000, 1),
        wander_ms=round(wander * 1000, 1),
        alone=len(alone),
        rises=len(offsets),
        within_12_ms=sum(abs(offset) <= 12.0 for offset in offsets),
        offset_ms=(round(low, 1), round(median, 1), round(high, 1)),
        correlation=correlation,
        best_shift=max(correlation, key=lambda shift: correlation[shift]),
    )


def rises(mono: Float) -> Float:
    """How much louder the bands get in 4 hops, in bels, mean over bands; one value a hop, at the window's middle."""
    count = max(0, (len(mono) - _WINDOW) // HOP)
    pieces = np.lib.stride_tricks.sliding_window_view(mono, _WINDOW)[::HOP][:count] * np.hanning(_WINDOW)
    level = np.log10(np.abs(np.fft.rfft(pieces, axis=1))[:, 1:] ** 2 + 1e-6)
    rise = np.zeros(count)
    rise[4:] = np.maximum(level[4:] - level[:-4], 0.0).mean(axis=1)
    return np.concatenate([np.zeros(_WINDOW // 2 // HOP + 1), rise])


def _beginnings(log: MatchLog) -> Iterator[int]:
    """Pictures at which any sound begins, voices and signals too."""
    before: Counter[str] = Counter()
    for number, frame in enumerate(log.frames):
        now = Counter(sound.name for sound in frame.sounds)
        if now - before:
            yield number
        before = now


def _fit(rise: Float, times: Sequence[int], shift: int) -> float:
    """Correlation of events and rises, picture by picture."""
    pictures = len(rise) // _PICTURE_HOPS
    loudest = rise[: pictures * _PICTURE_HOPS].reshape(pictures, _PICTURE_HOPS).max(axis=1)
    happens = np.zeros(pictures)
    happens[[time + shift for time in times if 0 <= time + shift < pictures]] = 1.0
    return float(np.corrcoef(loudest, happens)[0, 1])
