"""What is measured of every clip: level, attack, spectrum, onsets; pitch is in :mod:`hobnail_trainer.corpus.pitch`.

- Loudness: the largest momentary loudness, 400 ms of K-weighted power, -0.691 + 10 log10(p) (ITU-R BS.1770-4, EBU
  Tech 3341). Shorter clips are padded with silence to 400 ms, as a meter would hear them.
- Attack: 10 % to 90 % of the main onset's envelope (a linear form of the log-attack time of Peeters, "A large set of
  audio features", 2004, which also defines centroid and flatness as used here).
- Onsets: peaks of the half-wave rectified log-spectral flux (Dixon, "Onset detection revisited", DAFx 2006).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hobnail.audio import RATE_HZ
from hobnail_trainer.corpus.model import Attributes
from hobnail_trainer.corpus.pitch import measure_pitch
from hobnail_trainer.corpus.sound import Samples

SPECTRUM_FRAME: Final = 2048
SPECTRUM_HOP: Final = 512
MOST_FRAMES: Final = 2000
ONSET_HOP: Final = 240  # 5 ms
ONSET_FRAME: Final = 960
ONSET_APART: Final = 12  # hops, 60 ms: two hits closer than this are one
FLOOR_DB: Final = -120.0


def measure(samples: Samples) -> Attributes:
    """All attributes of mono 48 kHz, which must not be empty."""
    pitch = measure_pitch(samples)
    power = average_spectrum(samples)
    frequencies = np.fft.rfftfreq(SPECTRUM_FRAME, 1.0 / RATE_HZ)
    peak = float(np.abs(samples).max())
    rms = float(np.sqrt(np.square(samples, dtype=np.float64).mean()))
    return Attributes(
        f0_hz=None if pitch.f0_hz is None else round(pitch.f0_hz, 2),
        voicing=round(pitch.voicing, 4),
        hnr_db=round(pitch.hnr_db, 2),
        loudness_lufs=round(loudness_lufs(samples), 2),
        peak_dbfs=round(_db(peak), 2),
        crest_db=round(_db(peak) - _db(rms), 2),
        attack_ms=round(attack_ms(samples), 3),
        centroid_hz=round(float((power * frequencies).sum() / max(power.sum(), 1e-30)), 1),
        flatness=round(spectral_flatness(samples), 5),
        bandwidth_hz=round(bandwidth_hz(power), 1),
    )


def loudness_lufs(samples: Samples) -> float:
    """Largest momentary loudness; -120 for silence."""
    window = int(0.4 * RATE_HZ)
    padded = np.pad(samples.astype(np.float64), (0, max(0, window - samples.size)))
    size = 1 << int(padded.size + RATE_HZ // 4).bit_length()
    weighted = np.fft.irfft(np.fft.rfft(padded, size) * _k_response(size), size)[: padded.size]
    sums = np.concatenate(([0.0], np.cumsum(np.square(weighted))))
    steps = np.arange(0, padded.size - window + 1, window // 40)
    power = float((sums[steps + window] - sums[steps]).max()) / window
    return float(-0.691 + 10.0 * np.log10(power)) if power > 1e-12 else FLOOR_DB


@lru_cache(maxsize=4)  # a third of what measuring took; sizes are powers of two, so there are few
def _k_response(size: int) -> NDArray[np.complex128]:
    """BS.1770's two filters at 48 kHz (its tables 1 and 2), at the bins of a transform of ``size``."""
    z = np.exp(-2j * np.pi * np.fft.rfftfreq(size))
    shelf = (1.53512485958697 - 2.69169618940638 * z + 1.19839281085285 * z**2) / (
        1.0 - 1.69065929318241 * z + 0.73248077421585 * z**2
    )
    high_pass = (1.0 - 2.0 * z + z**2) / (1.0 - 1.99004745483398 * z + 0.99007225036621 * z**2)
    return np.asarray(shelf * high_pass)


def attack_ms(samples: Samples) -> float:
    """From 10 % to 90 % of the envelope's peak, backwards from the first moment that reaches 90 %."""
    envelope = np.maximum.reduceat(np.abs(samples), np.arange(0, samples.size, 24))
    smooth = np.convolve(envelope, np.ones(6) / 6.0, mode="same") if envelope.size >= 6 else envelope
    top = float(smooth.max())
    if top <= 0.0:
        return 0.0
    high = int(np.argmax(smooth >= 0.9 * top))
    below = np.flatnonzero(smooth[: high + 1] < 0.1 * top)
    low = int(below[-1]) + 1 if below.size else 0
    return (high - low) * 24 * 1000.0 / RATE_HZ


def average_spectrum(samples: Samples) -> NDArray[np.float64]:
    """Mean power per bin, float64 [1025], Hann windows of 2,048 frames."""
    return np.asarray(_powers(samples, SPECTRUM_FRAME, SPECTRUM_HOP).mean(axis=0))


def spectral_flatness(samples: Samples) -> float:
    """Geometric over arithmetic mean of each frame's power (100 Hz to 16 kHz), weighted by the frame's energy."""
    step = RATE_HZ / SPECTRUM_FRAME
    powers = _powers(samples, SPECTRUM_FRAME, SPECTRUM_HOP)[:, int(100 / step) : int(16_000 / step)] + 1e-14
    energy = powers.sum(axis=1)
    return float(np.average(np.exp(np.log(powers).mean(axis=1)) / powers.mean(axis=1), weights=energy))


def bandwidth_hz(power: NDArray[np.float64]) -> float:
    """The highest frequency whose power (over a third of an octave of bins) is within 70 dB of the peak."""
    smooth = np.convolve(power, np.ones(5) / 5.0, mode="same")
    audible = np.flatnonzero(smooth >= smooth.max() * 1e-7)
    return float(audible[-1] * RATE_HZ / SPECTRUM_FRAME) if audible.size else 0.0


def onset_frames(samples: Samples) -> tuple[int, ...]:
    """Where something begins, in frames. A clip that sounds has at least one: its start."""
    powers = _powers(samples, ONSET_FRAME, ONSET_HOP, most=None)
    level = np.log1p(powers / max(float(powers.max()) * 1e-5, 1e-14))
    flux = np.maximum(np.diff(level, axis=0, prepend=np.zeros((1, level.shape[1]))), 0.0).sum(axis=1)
    if flux.size < 3 or flux.max() <= 0.0:
        return (0,)
    around = np.convolve(flux, np.ones(41) / 41.0)[20 : 20 + flux.size]
    strong = flux > np.maximum(2.0 * around, 0.2 * flux.max())
    onsets: list[int] = []
    for hop in np.flatnonzero(strong):
        if flux[hop] < flux[max(0, hop - 4) : hop + 5].max():
            continue
        if not onsets or hop - onsets[-1] >= ONSET_APART:
            onsets.append(int(hop))
    frames = [min(samples.size - 1, hop * ONSET_HOP + ONSET_FRAME - ONSET_HOP) for hop in onsets]
    if not frames or onsets[0] < ONSET_APART:
        return (0, *frames[1:])
    return (0, *frames)


def _powers(samples: Samples, frame: int, hop: int, most: int | None = MOST_FRAMES) -> NDArray[np.float64]:
    """|STFT|^2 with Hann windows, float64 [frames, bins]; at most ``most`` frames, spread evenly."""
    padded = np.pad(samples, (0, max(0, frame - samples.size)))
    views = np.lib.stride_tricks.sliding_window_view(padded, frame)[::hop]
    if most is not None and views.shape[0] > most:
        views = views[np.linspace(0, views.shape[0] - 1, most).astype(int)]
    window = np.hanning(frame).astype(np.float32)
    parts = [np.abs(np.fft.rfft(views[at : at + 512] * window)) ** 2 for at in range(0, views.shape[0], 512)]
    return np.asarray(np.concatenate(parts), dtype=np.float64)


def _db(value: float) -> float:
    return 20.0 * float(np.log10(value)) if value > 1e-6 else FLOOR_DB
