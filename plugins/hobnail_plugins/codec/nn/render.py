"""The native renderer again in torch: same noise, same sound, and gradients for powers and levels."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from hobnail.audio import HOP_FRAMES, RATE_HZ
from hobnail_plugins.codec.bands import mel_filters
from hobnail_plugins.codec.nn.onsets import onset_gains
from hobnail_plugins.codec.noise import bits, key
from hobnail_plugins.codec.spec import BAND_VALUES, BANDS, FRAME, SHORT_FRAME, SILENT, SPLIT_HZ, STRIDE

_PHASES: Final = 1024
_STREAM: Final = 0x636F646563  # as in hobnail/spectral/renderer.hpp
_TURN: Final = 2**32  # one turn of a partial's phase


class TorchRenderer:
    """Rows of the native ``SpectralRenderer`` to sound; agrees with it to 1e-4 when peaks stay below 1.

    The gains that sharpen attacks get no gradient.
    """

    def __init__(self) -> None:
        self._resolutions = (
            _Resolution(FRAME, 0.0, SPLIT_HZ, _STREAM),
            _Resolution(SHORT_FRAME, SPLIT_HZ, float(RATE_HZ), _STREAM + 1),
        )

    def __call__(self, rows: Tensor, seed: int) -> Tensor:
        """float32 [hops, row] -> float32 [hops * HOP_FRAMES], the whole of one voice."""
        frames = rows[:, :BAND_VALUES].reshape(-1, BANDS)
        sound = self._partials(rows[:, BAND_VALUES:].reshape(len(rows), -1, 2))
        amplitudes = [resolution.amplitudes(frames) for resolution in self._resolutions]
        powers = np.stack([each.detach().square().sum(dim=1).numpy() for each in amplitudes], axis=1)
        long, short = self._resolutions
        gains = onset_gains(powers, (long.shares, short.shares))
        for resolution, amplitude, gain in zip(self._resolutions, amplitudes, gains, strict=True):
            sound = sound + resolution.noise(amplitude, seed) * torch.from_numpy(gain)
        return sound

    def _partials(self, slots: Tensor) -> Tensor:
        """float32 [hops, partials, 2] -> float32 [hops * HOP_FRAMES]. Frequencies get no gradient."""
        amplitude = (torch.exp(slots[..., 1].clamp(max=3.0)) - math.exp(SILENT)).clamp(min=0.0)
        log_hz = slots[..., 0].detach().double().clamp(0.0, 10.0)
        step = (torch.exp(log_hz) * (_TURN / RATE_HZ)).long()
        sound = slots.new_zeros(len(slots) * HOP_FRAMES)
        for slot in range(slots.shape[1]):
            sound = sound + _sine(step[:, slot], amplitude[:, slot])
        return sound


class _Resolution:
    """Frames of one size, and the bins that they make, as in hobnail/spectral/tables.hpp."""

    def __init__(self, size: int, from_hz: float, to_hz: float, stream: int) -> None:
        self._size, self._stream = size, stream
        self._reach = (size - STRIDE) // 2
        _, centres = mel_filters()
        hz = np.arange(size // 2 + 1) * (RATE_HZ / size)
        band = np.clip(np.searchsorted(centres, hz, side="right") - 1, 0, BANDS - 2)
        part = np.clip((hz - centres[band]) / (centres[band + 1] - centres[band]), 0.0, 1.0)
        sounds = (hz >= from_hz) & (hz < to_hz)
        sounds[[0, -1]] = False  # no direct current, no half rate
        self._band = torch.from_numpy(band)
        self._part = torch.from_numpy(part.astype(np.float32))
        self._sounds = torch.from_numpy(sounds.astype(np.float32))
        window = np.sin(np.pi * (np.arange(size) + 0.5) / size) ** (2 if size > 2 * STRIDE else 1)
        window /= math.sqrt(float(np.square(window[::STRIDE]).sum()))
        self.shares = np.square(window).astype(np.float32)
        self._window = torch.from_numpy((window * math.sqrt(size)).astype(np.float32))
        self._opening = torch.from_numpy(_opening(window, self._reach))
        angle = torch.arange(_PHASES, dtype=torch.float64) * (2.0 * math.pi / _PHASES)
        self._phases = torch.polar(torch.ones_like(angle), angle).to(torch.complex64)

    def amplitudes(self, log_power: Tensor) -> Tensor:
        """Of bins, 0 where another resolution sounds: float32 [frames, BANDS] -> float32 [frames, bins]."""
        below, above = log_power[:, self._band], log_power[:, self._band + 1]
        return torch.exp(0.5 * (below + self._part * (above - below)).clamp(-60.0, 60.0)) * self._sounds

    def noise(self, amplitude: Tensor, seed: int) -> Tensor:
        """float32 [frames, bins] -> float32 [frames * STRIDE]."""
        frames = len(amplitude)
        numbers = phase_numbers(seed, self._stream, frames, self._size // 2 + 1)
        spectrum = amplitude * self._phases[torch.from_numpy(numbers)]
        pieces = torch.fft.irfft(spectrum, n=self._size) * self._window
        length = (frames - 1) * STRIDE + self._size
        added = functional.fold(pieces.T[None], (1, length), (1, self._size), stride=(1, STRIDE)).reshape(length)
        sound = added[self._reach : self._reach + frames * STRIDE]
        opening = functional.pad(self._opening, (0, max(0, len(sound) - len(self._opening))), value=1.0)
        return sound * opening[: len(sound)]


def phase_numbers(seed: int, stream: int, frames: int, bins: int) -> np.ndarray:
    """Which of 1024 phases each bin of each spectral frame has: int64 [frames, bins]."""
    hashes = (bins + 3) // 4  # one serves four bins, 16 of its bits each
    random = bits(key(seed, stream), 0, frames * hashes).reshape(frames, hashes, 1)
    numbers = (random >> (np.arange(4, dtype=np.uint64) * np.uint64(16))) & np.uint64(_PHASES - 1)
    return numbers.reshape(frames, hashes * 4)[:, :bins].astype(np.int64)


def _opening(window: np.ndarray, reach: int) -> np.ndarray:
    """Gains of the first samples: there, frames before the voice are missing from the sum of squares."""
    size = len(window)
    squares = np.zeros(3 * size)
    for start in range(0, 2 * size, STRIDE):
        squares[start : start + size] += window**2
    return (1.0 / np.sqrt(squares[reach : reach + size - STRIDE])).astype(np.float32)


def _sine(step: Tensor, amplitude: Tensor) -> Tensor:
    """One partial, from its step and amplitude in the middle of each hop: straight lines between."""
    half = HOP_FRAMES // 2
    bounds = [(0, 0, half), *((hop - 1, hop, HOP_FRAMES) for hop in range(1, len(step)))]
    bounds.append((len(step) - 1, len(step) - 1, HOP_FRAMES - half))
    pieces, phase = [], 0
    levels = amplitude.detach().tolist()
    for before, now, frames in bounds:
        if levels[before] == 0.0 and levels[now] == 0.0:
            phase = 0
            pieces.append(amplitude.new_zeros(frames))
            continue
        first = int(step[before if levels[before] > 0.0 else now])
        after = int(step[now if levels[now] > 0.0 else before])
        glide = math.trunc((after - first) * 65536 / frames)
        steps = (first * 65536 + glide * torch.arange(frames)) >> 16
        phases = (phase + torch.cumsum(steps, 0) - steps) % _TURN
        phase = int((phase + steps.sum()) % _TURN)
        slope = torch.arange(frames) / frames
        level = amplitude[before] + (amplitude[now] - amplitude[before]) * slope
        pieces.append(torch.sin(phases.double() * (2.0 * math.pi / _TURN)).float() * level)
    return torch.cat(pieces)
