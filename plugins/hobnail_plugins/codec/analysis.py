"""Sound to features, hop by hop: what the encoder measures. Any cutting of the sound gives the same bits."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

import numpy as np

from hobnail.audio import HOP_FRAMES
from hobnail.contracts import Float32
from hobnail_plugins.codec.bands import BandMeter, Float64, band_meters
from hobnail_plugins.codec.peaks import WINDOW, PeakFinder, Peaks
from hobnail_plugins.codec.spec import FRAME, FRAMES_PER_HOP, SILENT, STRIDE, row_width
from hobnail_plugins.codec.tracks import AHEAD, GOES_ON, Tracks

_MIDDLE: Final = HOP_FRAMES // 2
_LOBE: Final = 4  # bins to each side of a partial that hold its power in a spectral frame
_BESIDE: Final = 3  # bins beyond them, to each side, that tell the noise there
_WIDTH: Final = 2 * _LOBE + 1
_AT_ONCE: Final = 64  # hops that are measured together, for speed alone


class Meters:
    """What all analyses share; never changes."""

    def __init__(self) -> None:
        self.bands = band_meters()
        self.peaks = PeakFinder()


class Analysis:
    """The analysis of one sound. [any] Feed it in pieces; a hop is known once its lookahead has come."""

    def __init__(self, meters: Meters, partials: int) -> None:
        self._meters = meters
        self._partials = partials
        self._tracks = Tracks(partials)
        self._sound: Float32 = np.zeros(WINDOW // 2, np.float32)
        self._start = -len(self._sound)  # of `_sound`, counted from the first sample
        self._frames = 0
        self._hop = 0
        self._ahead: list[tuple[Peaks, float]] = []  # of hops from `_hop` on: peaks, and the cap of a partial's level

    @staticmethod
    def lookahead(partials: int) -> int:
        """Samples after a hop that have to be known before it is."""
        if partials:
            return AHEAD * HOP_FRAMES + _MIDDLE + WINDOW // 2 - HOP_FRAMES
        return (FRAME - STRIDE) // 2

    def feed(self, samples: Float32, *, last: bool = False) -> Float32:
        """float32 [frames] -> features of the hops that are now known, float32 [hops, row_width(partials)]."""
        wait = self.lookahead(self._partials)
        self._frames += len(samples)
        pieces = [self._sound, samples]
        if last:
            hops = -(-self._frames // HOP_FRAMES)
            pieces.append(np.zeros(hops * HOP_FRAMES - self._frames + wait, np.float32))
        else:
            hops = max(0, self._frames - wait) // HOP_FRAMES
        self._sound = np.concatenate(pieces)
        known = [self._next(min(_AT_ONCE, hops - at)) for at in range(self._hop, hops, _AT_ONCE)]
        self._forget()
        return np.concatenate(known) if known else np.zeros((0, row_width(self._partials)), np.float32)

    def _next(self, hops: int) -> Float32:
        """Features of the next so many hops, float32 [hops, row]."""
        slots = self._slots(hops)
        first, count = self._hop * FRAMES_PER_HOP, hops * FRAMES_PER_HOP
        beside = np.repeat(slots, FRAMES_PER_HOP, axis=0)
        bands = [
            meter.values(_without(self._bin_powers(meter, first, count), meter.bin_hz, beside))
            for meter in self._meters.bands
        ]
        self._hop += hops
        rows = np.concatenate(bands, axis=1).reshape(hops, -1)
        return np.concatenate([rows, slots.reshape(hops, -1)], axis=1)

    def _slots(self, hops: int) -> Float32:
        """The partials of the next so many hops, float32 [hops, partials, 2]."""
        if self._partials == 0:
            return np.zeros((hops, 0, 2), np.float32)
        self._ahead.extend(self._peaks(self._hop + len(self._ahead), hops + AHEAD - len(self._ahead)))
        slots = []
        for hop in range(hops):
            peaks = [each for each, _ in self._ahead[hop : hop + AHEAD + 1]]
            slots.append(self._tracks.advance(peaks, self._ahead[hop][1]))
        del self._ahead[:hops]
        return np.array(slots, np.float64).astype(np.float32)

    def _peaks(self, hop: int, hops: int) -> Iterator[tuple[Peaks, float]]:
        """Of so many hops from one on: peaks, and the cap of a partial's level."""
        first = hop * HOP_FRAMES + _MIDDLE - WINDOW // 2
        absent = [max(0, -first - HOP_FRAMES * at) for at in range(hops)]
        found = self._meters.peaks.find(self._spans(first, HOP_FRAMES, WINDOW, hops), absent=absent, prominence=GOES_ON)
        powers = np.square(self._spans(hop * HOP_FRAMES, HOP_FRAMES, HOP_FRAMES, hops), dtype=np.float64).mean(axis=1)
        for peaks, power in zip(found, powers.tolist(), strict=True):
            yield peaks, 0.5 * math.log(2.0 * power + math.exp(2.0 * SILENT)) + 0.1

    def _bin_powers(self, meter: BandMeter, frame: int, frames: int) -> Float64:
        return meter.bin_powers(self._spans(frame * STRIDE - (meter.size - STRIDE) // 2, STRIDE, meter.size, frames))

    def _spans(self, first: int, stride: int, size: int, count: int) -> Float32:
        """Stretches of the sound, float32 [count, size]."""
        begin = first - self._start
        inside = self._sound[begin : begin + (count - 1) * stride + size]
        return np.lib.stride_tricks.sliding_window_view(inside, size)[::stride]

    def _forget(self) -> None:
        """Let go of what no later hop looks at."""
        keep = min(
            self._hop * HOP_FRAMES - FRAME // 2, (self._hop + len(self._ahead)) * HOP_FRAMES + _MIDDLE - WINDOW // 2
        )
        self._sound = self._sound[max(0, keep - self._start) :].copy()
        self._start = max(self._start, keep)


def _without(powers: Float64, bin_hz: float, slots: Float32) -> Float64:
    """Powers of bins without the partials: what is beside them stands in, so that nothing sounds twice.

    float64 [frames, bins], and float32 [frames, partials, 2] of the same frames.
    """
    for partial in range(slots.shape[1]):
        frames = np.flatnonzero(slots[:, partial, 1] > SILENT)
        if not frames.size:
            continue
        middles = [round(math.exp(log_hz) / bin_hz) for log_hz in slots[frames, partial, 0].tolist()]
        low = np.array(middles) - _LOBE
        inside = low >= _BESIDE
        for frame, first in zip(frames[~inside].tolist(), low[~inside].tolist(), strict=True):
            _take_out(powers[frame], first)
        frames, low = frames[inside, None], low[inside, None]
        beside = powers[frames, low + np.concatenate([np.arange(-_BESIDE, 0), _WIDTH + np.arange(_BESIDE)])]
        place = low + np.arange(_WIDTH)
        powers[frames, place] = np.minimum(powers[frames, place], np.median(beside, axis=1)[:, None])
    return powers


def _take_out(powers: Float64, first: int) -> None:
    """The same for one partial of one frame, float64 [bins], near the lowest bin."""
    low, high = max(0, first), first + _WIDTH
    beside = sorted([*powers[max(0, low - _BESIDE) : low].tolist(), *powers[high : high + _BESIDE].tolist()])
    half = len(beside) // 2
    powers[low:high] = np.minimum(powers[low:high], 0.5 * (beside[half] + beside[-half - 1]))
