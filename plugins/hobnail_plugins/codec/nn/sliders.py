"""The native sliders again in numpy: rows moved in pitch and texture, as hobnail/spectral/sliders.hpp moves them.

Rows come out with room for the lines that texture makes: three partials more than they went in with.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from hobnail.audio import RATE_HZ
from hobnail.contracts import Float32
from hobnail_plugins.codec.bands import Float64, mel_filters
from hobnail_plugins.codec.noise import bits, key
from hobnail_plugins.codec.spec import BAND_VALUES, BANDS, FRAMES_PER_HOP, SILENT

LINES: Final = 3
_STREAM: Final = 0x6C696E6573
_REACH: Final = 6  # bands to each side over which a spectrum is smoothed
_FALL, _MOST_TURN, _NOTHING = 8.0, 3.0, 1e-12
_FADES, _GONE = 0.42, 0.45  # of the rate
_KEEPS, _SHARPENS, _WAVERS, _RAISES, _LOWERS, _TAKES = 0.9, 2.0, 0.02, 1.1513, 1.3816, 0.95
_NEAR, _APART, _WEAK, _LOWEST, _HIGHEST = 6, 8, 4.0, 80.0, 6000.0
_GRID, _QUIETS, _SPREAD = 1024.0, 4.6052, 0.25


class _Line(NamedTuple):
    band: int
    log_hz: float


class SlidRows:
    """Rows of one voice as its sliders have them, told in any pieces."""

    def __init__(self, partials: int, seed: int) -> None:
        _, self._centres = mel_filters()
        edges = np.concatenate([self._centres[:1], (self._centres[1:] + self._centres[:-1]) / 2.0, self._centres[-1:]])
        edges[0] -= 0.5 * (self._centres[1] - self._centres[0])
        edges[-1] += 0.5 * (self._centres[-1] - self._centres[-2])
        self._shares = np.diff(edges) * (2.0 / RATE_HZ)
        self._weights = _weight(self._centres)
        self._partials, self._key, self._hop = partials, key(seed, _STREAM), 0
        self._lasting: Float64 | None = None
        self._lines: list[_Line | None] = [None] * LINES

    def __call__(self, rows: Float32, *, semitones: float, texture: float) -> Float32:
        """float32 [hops, BAND_VALUES + 2 partials] -> float32 [hops, BAND_VALUES + 2 (partials + LINES)]."""
        return np.stack([self._moved(row.astype(np.float64), semitones, texture) for row in rows]).astype(np.float32)

    def _moved(self, row: Float64, semitones: float, texture: float) -> Float64:
        frames = row[:BAND_VALUES].reshape(FRAMES_PER_HOP, BANDS).copy()
        slots = np.concatenate([row[BAND_VALUES:].reshape(-1, 2), np.tile([0.0, SILENT], (LINES, 1))])
        hop, self._hop = self._hop, self._hop + 1
        if texture == 0.0:
            self._lasting, self._lines = None, [None] * LINES
        before = self._heard(frames, slots)
        if texture > 0.0:
            self._roughen(frames, slots, texture)
        elif texture < 0.0:
            self._smooth(frames, slots, hop, -texture)
        if semitones:
            self._shift(frames, slots, np.float32(semitones) / np.float32(12.0) * np.float32(0.69314718))
        if semitones or texture:
            after = self._heard(frames, slots)
            frames += _turned(before, after)[:, None]
            slots[slots[:, 1] > SILENT, 1] += 0.5 * _turned(before.sum(), after.sum())
        return np.concatenate([frames.ravel(), slots.ravel()])

    def _heard(self, frames: Float64, slots: Float64) -> Float64:
        """Power as it counts for loudness, of each frame with all partials."""
        tones = (_tone_power(slots[:, 1]) * _weight(np.exp(np.clip(slots[:, 0], 0.0, 10.0)))).sum()
        return np.asarray((np.exp(np.clip(frames, -60.0, 60.0)) * self._shares * self._weights).sum(axis=1) + tones)

    def _shift(self, frames: Float64, slots: Float64, log_ratio: np.float32) -> None:
        hz = self._centres * np.exp(-float(log_ratio))
        outside = np.maximum(1.0, np.maximum(hz / self._centres[-1], self._centres[0] / hz))
        for frame in frames:
            frame[:] = np.interp(hz, self._centres, frame) - _FALL * np.log2(outside) - log_ratio
        heard = slots[:, 1] > SILENT
        slots[heard, 0] = slots[heard, 0].astype(np.float32) + log_ratio  # its last bit turns phases
        left = np.clip((_GONE - np.exp(slots[heard, 0]) / RATE_HZ) / (_GONE - _FADES), 0.0, 1.0)
        slots[heard, 1] = np.where(left > 0.0, slots[heard, 1] + np.log(np.maximum(left, 1e-30)), SILENT)

    def _listen(self, frames: Float64) -> tuple[Float64, Float64]:
        """The lasting spectrum, and what stands out of it."""
        now = np.log(np.exp(np.clip(frames, -60.0, 60.0)).mean(axis=0))
        self._lasting = now if self._lasting is None else _KEEPS * self._lasting + (1.0 - _KEEPS) * now
        window = np.sin(np.pi * np.arange(1, 2 * _REACH + 2) / (2 * _REACH + 2)) ** 2
        around = np.convolve(np.pad(self._lasting, _REACH, mode="edge"), window / window.sum(), mode="valid")
        return self._lasting, self._lasting - around

    def _roughen(self, frames: Float64, slots: Float64, strength: float) -> None:
        self._lines = [None] * LINES
        _, fine = self._listen(frames)
        frames -= strength * fine
        powers = (1.0 - np.exp(-2.0 * _QUIETS * strength)) * _tone_power(slots[: self._partials, 1])
        for slot in np.flatnonzero(powers > 0.0):
            away = (np.log(self._centres) - slots[slot, 0]) / (_SPREAD * np.log(2.0))
            noise = np.exp(-0.5 * away**2)
            whole = max(float((noise * self._shares).sum()), 1e-9)
            frames[:] = np.log(np.exp(np.clip(frames, -60.0, 60.0)) + powers[slot] * noise / whole)
            slots[slot, 1] -= _QUIETS * strength

    def _smooth(self, frames: Float64, slots: Float64, hop: int, strength: float) -> None:
        lasting, fine = self._listen(frames)
        frames += strength * _SHARPENS * fine
        self._choose(lasting + np.log(self._shares) + strength * _SHARPENS * fine)
        told = slots[: self._partials]
        told[told[:, 1] > SILENT, 1] += strength * _RAISES
        quarters = (bits(self._key, hop, 1) >> (np.arange(LINES, dtype=np.uint64) * np.uint64(16))) & np.uint64(0xFFFF)
        wavers = np.float32(_WAVERS) * (quarters.astype(np.uint16).view(np.int16) / np.float32(32768.0))
        share = _TAKES * strength
        for line, slot, waver in zip(self._lines, slots[self._partials :], wavers, strict=True):
            if line is None:
                continue
            near = slice(max(0, line.band - _NEAR), line.band + _NEAR + 1)
            power = (np.exp(np.clip(frames[:, near], -60.0, 60.0)) * self._shares[near]).sum() / FRAMES_PER_HOP
            frames[:, near] += np.log(1.0 - share)
            slot[:] = np.float32(line.log_hz) + waver, np.log(np.sqrt(2.0 * share * power) + np.exp(SILENT))
        frames -= _LOWERS * strength

    def _choose(self, peaks: Float64) -> None:
        tops = [
            band
            for band in range(1, BANDS - 1)
            if peaks[band] >= peaks[band - 1]
            and peaks[band] > peaks[band + 1]
            and _LOWEST <= self._centres[band] <= _HIGHEST
        ]
        if not tops:
            return
        enough = max(peaks[tops]) - _WEAK
        for number, line in enumerate(self._lines):
            if line is not None:
                self._lines[number] = line if peaks[line.band] > enough else None
                continue
            taken = [each.band for each in self._lines if each is not None]
            free = [band for band in tops if all(abs(band - other) >= _APART for other in taken)]
            if free and peaks[best := max(free, key=lambda band: float(peaks[band]))] > enough:
                self._lines[number] = _Line(best, self._log_hz_at(peaks, best))

    def _log_hz_at(self, peaks: Float64, band: int) -> float:
        low, middle, high = peaks[band - 1 : band + 2]
        shift = 0.5 * (low - high) / min(low - 2.0 * middle + high, -1e-6)
        logs = np.log(self._centres[band - 1 : band + 2])
        step = logs[1] - logs[0] if shift < 0.0 else logs[2] - logs[1]
        return round(float(logs[1] + np.clip(shift, -0.5, 0.5) * step) * _GRID) / _GRID


def _weight(hz: Float64) -> Float64:
    f, top = np.square(hz), 12194.0**2
    low = (f + 20.6**2) * np.sqrt((f + 107.7**2) * (f + 737.9**2))
    return np.asarray(1.2589 * top * f * f / (low * (f + top)))


def _tone_power(log_amplitude: Float64) -> Float64:
    amplitude = np.maximum(0.0, np.exp(np.minimum(log_amplitude, 3.0)) - np.exp(SILENT))
    return np.asarray(0.5 * np.square(amplitude))


def _turned(was: Float64, now: Float64) -> Float64:
    return np.asarray(np.clip(np.log((was + _NOTHING) / (now + _NOTHING)), -_MOST_TURN, _MOST_TURN))
