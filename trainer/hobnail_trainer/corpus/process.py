"""One file: bytes in, audio on disk and measures out, or the reason why not. Runs in a process of its own."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import msgspec
import numpy as np

from hobnail.audio import RATE_HZ
from hobnail_trainer.corpus.attributes import measure, onset_frames
from hobnail_trainer.corpus.fingerprint import fingerprint
from hobnail_trainer.corpus.model import Attributes
from hobnail_trainer.corpus.naming import without_take
from hobnail_trainer.corpus.recipe import Limits
from hobnail_trainer.corpus.sound import Decoded, UndecodableError, decode, write_flac
from hobnail_trainer.corpus.trim import trimmed

PROCESS_VERSION = 1
"""Raised when what is written or measured changes: sounds made by an older one are made again."""


class Measured(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="is", tag="sound"):
    """A file that was kept: what was found, before anyone gave it a name."""

    path: str  #: in the package
    sha256: str
    audio: str  #: relative to the corpus
    frames: int
    onset_frames: tuple[int, ...]
    attributes: Attributes
    fingerprint: bytes
    note: str = ""  #: of the container: author and licence
    remark: str = ""  #: oddities that do not matter: "named .wav, is OGG"


class Refused(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="is", tag="refused"):
    """A file that was not kept, and why."""

    path: str
    sha256: str
    reason: str
    detail: str = ""


def process(path: str, data: bytes, note: str, *, corpus: Path, package: str, limits: Limits) -> Measured | Refused:
    """Decode, check, trim, measure and store one file. Only a disk that cannot be written raises (OSError)."""
    sha256 = hashlib.sha256(data).hexdigest()
    try:
        sound = decode(data)
    except UndecodableError as error:
        reason = "empty" if not data else "corrupt"
        return Refused(path=path, sha256=sha256, reason=reason, detail=str(error))
    samples = trimmed(sound.samples)
    peak = float(np.abs(samples).max()) if samples.size else 0.0
    if problem := _problem(sound, samples.size, peak, limits):
        return Refused(path=path, sha256=sha256, reason=problem[0], detail=problem[1])
    attributes = measure(samples)
    if attributes.bandwidth_hz < limits.least_bandwidth_hz:
        detail = f"nothing above {attributes.bandwidth_hz:.0f} Hz, expected {limits.least_bandwidth_hz:.0f}"
        return Refused(path=path, sha256=sha256, reason="dull", detail=detail)
    audio = audio_name(package, path, sha256)
    write_flac(corpus / audio, samples)
    return Measured(
        path=path,
        sha256=sha256,
        audio=audio,
        frames=samples.size,
        onset_frames=onset_frames(samples),
        attributes=attributes,
        fingerprint=fingerprint(samples),
        note=note,
        remark=_remark(path, sound),
    )


def audio_name(package: str, path: str, sha256: str) -> str:
    """``audio/<package>/<stem>-<8 digits>.flac``: the digits keep equal names of different folders apart."""
    stem = re.sub(r"\.\w{2,4}$", "", path.rpartition("/")[2])
    short = re.sub(r"[^a-z0-9]+", "-", (stem if stem.isascii() else without_take(stem)).lower()).strip("-")[:40]
    digits = hashlib.sha256(f"{path}\0{sha256}".encode()).hexdigest()[:8]
    return f"audio/{package}/{short or 'sound'}-{digits}.flac"


def _problem(sound: Decoded, frames: int, peak: float, limits: Limits) -> tuple[str, str] | None:
    """(code, detail) of what is wrong with a decoded file; None when it can be kept."""
    seconds = frames / RATE_HZ
    checks = (
        (not sound.samples.size, "empty", "no samples"),
        (peak < 10 ** (limits.quietest_dbfs / 20), "silent", f"peak {peak:.1e} after DC was taken off"),
        (sound.rate_hz < limits.least_rate_hz, "low-rate", f"{sound.rate_hz} Hz, expected {limits.least_rate_hz}"),
        (sound.clipped > limits.most_clipped, "clipped", f"{sound.clipped:.1%} of samples at full scale"),
        (seconds < limits.shortest_s, "too-short", f"{seconds:.3f} s, expected {limits.shortest_s} or more"),
        (seconds > limits.longest_s, "too-long", f"{seconds:.0f} s, expected {limits.longest_s:.0f} or less"),
    )
    return next(((code, detail) for wrong, code, detail in checks if wrong), None)


def _remark(path: str, sound: Decoded) -> str:
    suffix = path.rpartition(".")[2].lower()
    usual = {"WAV": {"wav"}, "WAVEX": {"wav"}, "OGG": {"ogg", "oga", "opus"}, "AIFF": {"aif", "aiff"}}
    expected = usual.get(sound.format, {sound.format.lower()})
    return "" if suffix in expected else f"named .{suffix}, is {sound.format}"
