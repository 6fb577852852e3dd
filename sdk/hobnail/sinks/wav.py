"""The sink that writes a WAV or FLAC file. Nothing half-written ever stands under the file's own name."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final, Literal

import msgspec
import soundfile

from hobnail.contracts import Float32
from hobnail.errors import SinkError

_FORMATS: Final = {".wav": "WAV", ".flac": "FLAC"}
_SUBTYPES: Final = {"pcm16": "PCM_16", "pcm24": "PCM_24", "float": "FLOAT"}
_FRAME_BYTES: Final = {"pcm16": 2, "pcm24": 3, "float": 4}
_WAV_LIMIT_BYTES: Final = 2**32 - 4096  # its header counts bytes in 32 bits


class WavConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Table ``[sink.wav]``."""

    path: str  #: the file to write; its ending, .wav or .flac, chooses the format
    samples: Literal["pcm16", "pcm24", "float"] = "pcm24"  #: how a sample is stored; FLAC has no "float"


class WavSink:
    """Writes the mix to ``config.path``.

    The sound grows in ``<name>.<random>.part.<ending>`` beside it and takes its own name on :meth:`close`. When the
    disk fills up, what was written so far is kept, playable, under the part's name, and the error names it.
    """

    def __init__(self, config: WavConfig) -> None:
        self._target = Path(config.path)
        self._samples = config.samples
        self._part = Path()
        self._file: soundfile.SoundFile | None = None
        self._room_frames: int | None = None

    def open(self, rate_hz: int, channels: int) -> None:
        """[control] Create the part file; raises SinkError when the place or the format will not do."""
        format_name = self._format()
        if self._target.is_dir():
            raise SinkError(f"{self._target}: is a directory, expected the path of a file.", cure="Add a file name.")
        self._part = self._target.with_name(
            f"{self._target.stem}.{secrets.token_hex(4)}.part{self._target.suffix.lower()}"
        )
        try:
            self._file = soundfile.SoundFile(
                self._part,
                "w",
                samplerate=rate_hz,
                channels=channels,
                format=format_name,
                subtype=_SUBTYPES[self._samples],
            )
        except (soundfile.SoundFileError, OSError) as error:
            raise SinkError(
                f"{self._target}: cannot be created: {_reason(error)}.",
                cure="Name a file in an existing directory that you may write to.",
            ) from error
        frame_bytes = _FRAME_BYTES[self._samples] * channels
        self._room_frames = _WAV_LIMIT_BYTES // frame_bytes if format_name == "WAV" else None

    def write(self, block: Float32) -> None:
        """[io] Append float32 [frames, channels]. A SinkError closes the part and names it."""
        file = self._file
        if file is None:
            raise SinkError(f"{self._target}: the sink is not open.", cure="Call open() first.")
        if self._room_frames is not None:
            self._room_frames -= len(block)
            if self._room_frames < 0:
                raise self._ended("a WAV file holds 4 GiB", cure="Write a .flac, which has no such limit.")
        try:
            file.write(block)
        except (soundfile.SoundFileError, OSError, ValueError, AssertionError) as error:
            # soundfile asserts that the whole block was taken; on a full disk it was not
            raise self._ended(_reason(error), cure="Free some space, or name a file on another disk.") from error

    def close(self) -> None:
        """[control] Finish the file and give it its own name. Does nothing after an error, or when never opened."""
        file, self._file = self._file, None
        if file is None:
            return
        try:
            file.close()
            os.replace(self._part, self._target)
        except (soundfile.SoundFileError, OSError) as error:
            raise SinkError(
                f"{self._target}: cannot be finished: {_reason(error)}. The sound is in {self._part}.",
                cure="Move that file to where you want it.",
            ) from error

    def abandon(self) -> None:
        """[control] Remove the part: what was to be written is not wanted any more."""
        file, self._file = self._file, None
        if file is not None:
            file.close()
            self._part.unlink(missing_ok=True)

    def _format(self) -> str:
        ending = self._target.suffix.lower()
        if ending not in _FORMATS:
            raise SinkError(
                f"{self._target}: found ending {ending!r}, expected one of {', '.join(_FORMATS)}.",
                cure="Rename the file.",
            )
        if ending == ".flac" and self._samples == "float":
            raise SinkError(
                f"{self._target}: FLAC cannot store float samples.", cure='Set samples = "pcm24", or write a .wav.'
            )
        return _FORMATS[ending]

    def _ended(self, reason: str, *, cure: str) -> SinkError:
        """Close the part after a fault; the sound so far stays playable under the part's name."""
        file, self._file = self._file, None
        if file is not None:
            try:
                file.close()
            except (soundfile.SoundFileError, OSError) as error:
                reason = f"{reason}; then closing failed: {_reason(error)}"
        return SinkError(f"{self._target}: writing failed: {reason}. What came before is in {self._part}.", cure=cure)


def _reason(error: BaseException) -> str:
    if isinstance(error, AssertionError):
        return "the disk took only part of a block"
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).rstrip(".")
