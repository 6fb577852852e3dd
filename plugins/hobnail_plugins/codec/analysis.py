"""Sound to features, hop by hop: what the encoder measures. Any cutting of the sound gives the same bits."""

from __future__ import annotations

import math
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
        known = [self._next() for _ in range(self._hop, hops)]
        self._forget()
        return np.stack(known) if known else np.zeros((0, row_width(self._partials)), np.float32)

    def _next(self) -> Float32:
        slots = self._slots()
        first = self._hop * FRAMES_PER_HOP
        bands = [
            meter.values(_without(self._bin_powers(meter, frame), meter.bin_hz, slots))
            for frame in range(first, first + FRAMES_PER_HOP)
            for meter in self._meters.bands
        ]
        self._hop += 1
        return np.concatenate([*bands, slots.ravel()])

    def _slots(self) -> Float32:
        """The partials of the next hop, float32 [partials, 2]."""
        if self._partials == 0:
            return np.zeros((0, 2), np.float32)
        while len(self._ahead) <= AHEAD:
            self._ahead.append(self._peaks(self._hop + len(self._ahead)))
        peaks, caps = zip(*self._ahead, strict=True)
        del self._ahead[0]
        return self._tracks.advance(peaks, caps)

    def _peaks(self, hop: int) -> tuple[Peaks, float]:
        first = hop * HOP_FRAMES + _MIDDLE - WINDOW // 2
        peaks = self._meters.peaks.find(self._span(first, WINDOW), absent=max(0, -first), prominence=GOES_ON)
        power = float(np.square(self._span(hop * HOP_FRAMES, HOP_FRAMES), dtype=np.float64).mean())
        return peaks, 0.5 * math.log(2.0 * power + math.exp(2.0 * SILENT)) + 0.1

    def _bin_powers(self, meter: BandMeter, frame: int) -> Float64:
        return meter.bin_powers(self._span(frame * STRIDE - (meter.size - STRIDE) // 2, meter.size))

    def _span(self, first: int, count: int) -> Float32:
        return self._sound[first - self._start : first - self._start + count]

    def _forget(self) -> None:
        """Let go of what no later hop looks at."""
        keep = min(
            self._hop * HOP_FRAMES - FRAME // 2, (self._hop + len(self._ahead)) * HOP_FRAMES + _MIDDLE - WINDOW // 2
        )
        self._sound = self._sound[max(0, keep - self._start) :].copy()
        self._start = max(self._start, keep)


def _without(powers: Float64, bin_hz: float, slots: Float32) -> Float64:
    """Powers of bins without the partials: what is beside them stands in, so that nothing sounds twice."""
    powers = powers.copy()
    for log_hz, level in slots:
        if level <= SILENT:
            continue
        middle = round(math.exp(log_hz) / bin_hz)
        low, high = max(0, middle - _LOBE), middle + _LOBE + 1
        beside = np.concatenate([powers[max(0, low - _BESIDE) : low], powers[high : high + _BESIDE]])
        powers[low:high] = np.minimum(powers[low:high], np.median(beside))
    return powers
