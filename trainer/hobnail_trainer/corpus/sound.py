"""Files to mono float32 at 48 kHz, and back to FLAC. Samples are float32 [frames] in -1..1."""

from __future__ import annotations

import io
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from hobnail.audio import RATE_HZ

Samples = NDArray[np.float32]

ANTIPHASE_RATIO = 0.05
"""Below this energy of the mid signal relative to both channels, mixing down would cancel the sound."""


class Decoded(NamedTuple):
    """A file as mono 48 kHz without DC, and what it was."""

    samples: Samples
    rate_hz: int  #: of the file
    channels: int
    format: str  #: as libsndfile names it: "WAV", "OGG", "FLAC", "MP3"
    clipped: float  #: fraction of the file's samples in runs at full scale, 0..1


class UndecodableError(Exception):
    """A file's bytes are not sound that can be read; the message says why."""


def decode(data: bytes) -> Decoded:
    """Sound from the bytes of a file of any format that libsndfile knows, whatever its name says."""
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            samples = file.read(dtype="float32", always_2d=True)
            rate_hz, kind = file.samplerate, file.format
    except (soundfile.SoundFileError, RuntimeError, ValueError, OSError) as error:
        raise UndecodableError(str(error).removeprefix("Error opening <_io.BytesIO object>: ")) from error
    if not np.isfinite(samples).all():
        raise UndecodableError("samples are not finite")
    if samples.shape[0] == 0:
        return Decoded(np.zeros(0, np.float32), rate_hz, samples.shape[1], kind, 0.0)
    mono = without_dc(mixed_down(samples))  # first: a step at the ends would ring in the resampler
    return Decoded(resampled(mono, rate_hz), rate_hz, samples.shape[1], kind, clipped_fraction(samples))


def mixed_down(samples: NDArray[np.float32]) -> Samples:
    """float32 [frames, channels] -> mono: the mean, or the loudest channel where the mean would cancel."""
    if samples.shape[1] == 1:
        return np.ascontiguousarray(samples[:, 0])
    mean = samples.mean(axis=1, dtype=np.float32)
    energies = np.square(samples, dtype=np.float64).mean(axis=0)
    if float(np.square(mean, dtype=np.float64).mean()) < ANTIPHASE_RATIO * float(energies.max()):
        return np.ascontiguousarray(samples[:, int(energies.argmax())])
    return np.asarray(mean, dtype=np.float32)


def without_dc(samples: Samples) -> Samples:
    """The samples less their mean."""
    return samples - np.float32(samples.mean(dtype=np.float64)) if samples.size else samples


def resampled(samples: Samples, rate_hz: int) -> Samples:
    """Mono at ``rate_hz`` -> mono at 48 kHz."""
    if rate_hz == RATE_HZ:
        return samples
    return np.asarray(soxr.resample(samples, rate_hz, RATE_HZ, quality="HQ"), dtype=np.float32)


def clipped_fraction(samples: NDArray[np.float32]) -> float:
    """Fraction of samples that stand in runs of three or more at full scale; one sample there is only normalised."""
    at_rail = np.abs(samples) >= 0.999
    if not at_rail.any():
        return 0.0
    runs = at_rail[2:] & at_rail[1:-1] & at_rail[:-2]
    return float(runs.sum()) / samples.size


def write_flac(path: Path, samples: Samples) -> None:
    """Write mono 48 kHz as FLAC, whole or not at all. Peaks beyond full scale (lossy decoders) are held at it."""
    partial = path.with_name(path.name + ".part")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        soundfile.write(partial, np.clip(samples, -1.0, 1.0), RATE_HZ, format="FLAC", subtype="PCM_16")
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
