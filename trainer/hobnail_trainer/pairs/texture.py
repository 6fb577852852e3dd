"""Texture by a known amount: the balance between what rings or sings and what hisses.

Median filters tell them apart: a partial is steady in time, a blow is broad in frequency, noise is neither (Fitzgerald,
"Harmonic/percussive separation using median filtering", DAFx 2010; with a rest between the two as in Driedger, Müller
and Disch, "Extending harmonic-percussive separation of audio signals", ISMIR 2014). The partials are raised and the
rest is lowered, or the other way round; blows stay as they are. Noise lies higher than partials, so brightness would
change too: a tilt takes that back. Loudness and centroid of the whole stay.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hobnail_trainer.corpus.attributes import loudness_lufs
from hobnail_trainer.corpus.sound import Samples
from hobnail_trainer.errors import CorpusError
from hobnail_trainer.pairs.frames import samples_of, spectra_of
from hobnail_trainer.pairs.tilt import centroid_of, tilt_for, tilted
from hobnail_trainer.pairs.usable import UnsuitedError, check_usable

SIZE: Final = 2048
MEDIAN_FRAMES: Final = 17  #: 181 ms
MEDIAN_BINS: Final = 17  #: 398 Hz
MARGIN: Final = 2.0  #: a partial stands out by this factor
SWING_DB: Final = 20.0  #: at texture 1 partials gain half of this, and the rest loses as much
LEAST_SHARE: Final = 0.05  #: of the energy, that both parts must have
BLOCK: Final = 64  #: frames over which a moment's level is judged, 1.3 ms
ROUND_ABOUT: Final = 8  #: blocks, 11 ms, half a period of 47 Hz: the ups and downs of one wave are no onsets


class Parts(NamedTuple):
    """A sound in three parts that add up to it, float32 [frames] each."""

    partials: Samples
    blows: Samples
    rest: Samples
    loudness_lufs: float  #: of the whole
    centroid_hz: float


def balanced(samples: Samples, texture: float) -> Samples:
    """Texture -1 (the rest comes forward) .. 1 (the partials do), float32 [frames]. Raises CorpusError."""
    return mixed(samples, parts_of(samples), texture)


def parts_of(samples: Samples) -> Parts:
    """Partials, blows and the rest. Raises UnsuitedError when partials or rest are not there to be balanced."""
    check_usable(samples)
    spectra = spectra_of(samples, SIZE)
    magnitude = np.abs(spectra)
    steady, broad = _medians(magnitude, MEDIAN_FRAMES, axis=0), _medians(magnitude, MEDIAN_BINS, axis=1)
    partial, blow = _stands_out(steady, broad), _stands_out(broad, steady)
    partials = samples_of(np.asarray(spectra * partial, np.complex64), SIZE, samples.size)
    blows = samples_of(np.asarray(spectra * blow, np.complex64), SIZE, samples.size)
    parts = Parts(partials, blows, samples - partials - blows, loudness_lufs(samples), centroid_of(samples))
    energy = [float(np.square(part, dtype=np.float64).sum()) for part in parts[:3]]
    share = min(energy[0], energy[2]) / max(sum(energy), 1e-30)
    if share < LEAST_SHARE:
        found = f"partials and rest have {energy[0] / sum(energy):.1%} and {energy[2] / sum(energy):.1%} of its energy"
        raise UnsuitedError(
            "one-sided",
            f"its {found}, expected {LEAST_SHARE:.0%} or more of each",
            cure="Give a sound that both rings and hisses.",
        )
    return parts


def mixed(samples: Samples, parts: Parts, texture: float) -> Samples:
    """The parts of ``samples`` put together again, as loud and as bright as it was."""
    if not -1.0 <= texture <= 1.0:
        raise CorpusError(f"texture is {texture}, expected -1 to 1.", cure="Give a texture from -1 to 1.")
    gain = 10.0 ** (0.5 * SWING_DB * texture / 20.0)
    mix = gain * parts.partials + parts.blows + parts.rest / gain
    mix = mix * _no_echo_before(samples, mix, max(gain, 1.0 / gain))
    mix = tilted(mix, tilt_for(mix, parts.centroid_hz))
    louder = parts.loudness_lufs - loudness_lufs(mix)
    return np.asarray(mix * 10.0 ** (louder / 20.0), dtype=np.float32)


def _stands_out(this: NDArray[np.float32], that: NDArray[np.float32]) -> NDArray[np.float32]:
    """A mask, 0..1: near 1 where ``this`` is larger by the margin; fourth powers, so that neither side is hard."""
    mine, others = this**4, (MARGIN * that) ** 4
    return np.asarray(mine / np.maximum(mine + others, 1e-30), dtype=np.float32)


def _medians(magnitude: NDArray[np.float32], length: int, axis: int) -> NDArray[np.float32]:
    """Running median, edges repeated."""
    half = length // 2
    width = [(half, half) if each == axis else (0, 0) for each in range(2)]
    views = np.lib.stride_tricks.sliding_window_view(np.pad(magnitude, width, mode="edge"), length, axis=axis)
    return np.asarray(np.partition(views, half, axis=-1)[..., half], dtype=np.float32)


def _no_echo_before(samples: Samples, mix: Samples, most: float) -> Samples:
    """A gain, 0..1, [frames]: no moment may be louder than the original's by more than ``most``.

    A part cut out of a frame of 43 ms spreads over it, also to before an onset that the frame holds.
    """
    allowed, found = most * _widest(_level(samples), ROUND_ABOUT), _level(mix)
    gain = np.minimum(1.0, allowed / np.maximum(found, 1e-9))
    at = (np.arange(gain.size) + 0.5) * BLOCK
    return np.asarray(np.interp(np.arange(samples.size), at, gain), dtype=np.float32)


def _level(samples: Samples) -> NDArray[np.float64]:
    """RMS per block."""
    blocks = -(-samples.size // BLOCK)
    padded = np.zeros(blocks * BLOCK)
    padded[: samples.size] = samples
    return np.asarray(np.sqrt(np.square(padded.reshape(blocks, BLOCK)).mean(axis=1)) + 1e-7)


def _widest(level: NDArray[np.float64], around: int) -> NDArray[np.float64]:
    """The largest within so many blocks to either side."""
    views = np.lib.stride_tricks.sliding_window_view(np.pad(level, around, mode="edge"), 2 * around + 1)
    return np.asarray(views.max(axis=1))
