"""Sound files at the command line: any rate and layout in, mono at the rate that a part wants."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

from hobnail.contracts import Float32
from hobnail.errors import CodecError, MissingExtraError
from hobnail.hooks import PROJECT
from hobnail.packages import extra_that_brings
from hobnail.sinks import WavConfig, WavSink


def read_mono(path: Path, rate_hz: int) -> tuple[int, Float32]:
    """The rate of a file, and its sound as float32 [frames] at ``rate_hz``: the mean of its channels.

    Raises CodecError, and MissingExtraError when the rates differ and the resampler is not installed.
    """
    try:
        samples, found_hz = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, OSError, TypeError) as error:  # TypeError: a .raw file tells no rate
        reason = (getattr(error, "strerror", None) or str(error)).rstrip(".")
        raise CodecError(f"{path}: cannot be read as sound: {reason}.", cure="Give a WAV, FLAC, OGG or MP3.") from error
    if len(samples) == 0:
        raise CodecError(f"{path}: holds no sound.", cure="Give a file with at least one sample.")
    if not np.isfinite(samples).all():
        raise CodecError(f"{path}: holds NaN or infinity.", cure="Export it again, as 24-bit PCM for instance.")
    mono = samples.mean(axis=1, dtype=np.float32)
    return int(found_hz), resampled(mono, int(found_hz), rate_hz)


def write_mono(path: Path, samples: Float32, rate_hz: int, file_hz: int) -> None:
    """Write float32 [frames] at ``rate_hz`` into a .wav or .flac at ``file_hz``, whole or not at all.

    Raises SinkError.
    """
    sink = WavSink(WavConfig(path=str(path)))
    sink.open(file_hz, 1)
    try:
        sink.write(resampled(samples, rate_hz, file_hz)[:, None])
    except BaseException:
        sink.abandon()
        raise
    sink.close()


def resampled(samples: Float32, from_hz: int, to_hz: int) -> Float32:
    """float32 [frames] at another rate."""
    if from_hz == to_hz:
        return samples
    try:
        import soxr
    except ModuleNotFoundError as error:
        what = f"Sound at {from_hz} Hz, where {to_hz} Hz is wanted,"
        raise MissingExtraError(what, extra=extra_that_brings(PROJECT, "soxr")) from error
    return np.asarray(soxr.resample(samples, from_hz, to_hz, quality="HQ"), dtype=np.float32)
