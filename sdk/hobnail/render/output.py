"""Files that become visible together, whole, or not at all: on a fault, Ctrl-C or a full disk nothing is left."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

import soundfile

from hobnail.audio import RATE_HZ
from hobnail.contracts import Float32
from hobnail.errors import RenderError
from hobnail.render.waves import BYTES, LIMIT_BYTES, Broadcast, Cue, Samples, encode, head, tail

_SUBTYPES: Final = {"pcm16": "PCM_16", "pcm24": "PCM_24"}
_PIECE: Final = 65_536  # frames that are encoded at a time


class Outputs:
    """Parts beside their targets; :meth:`publish` gives all of them their names."""

    def __init__(self) -> None:
        self._parts: dict[Path, Path] = {}

    def reserve(self, target: Path) -> None:
        """Make sure now that ``target`` can be written, and stands for one file. Raises RenderError naming it."""
        if target in self._parts:
            raise RenderError(
                f"{target}: two files of this render have that name.", cure="Give each a name of its own."
            )
        if target.is_dir():
            raise RenderError(f"{target}: is a directory, expected the path of a file.", cure="Add a file name.")
        part = target.with_name(f"{target.stem}.{secrets.token_hex(4)}.part{target.suffix.lower()}")
        try:
            part.touch(exist_ok=False)
        except OSError as error:
            raise RenderError(
                f"{target}: cannot be created: {error.strerror or error}.",
                cure="Name a file in an existing directory that you may write to.",
            ) from error
        self._parts[target] = part

    def part(self, target: Path) -> Path:
        """Where the file grows."""
        if target not in self._parts:
            self.reserve(target)
        return self._parts[target]

    @contextmanager
    def open(self, target: Path) -> Iterator[IO[bytes]]:
        """The part, to be written; what the disk says becomes a RenderError."""
        try:
            with self.part(target).open("wb") as file:
                yield file
        except OSError as error:
            raise _full(target, error) from error

    def publish(self) -> list[Path]:
        """Give every part its name; returns the names."""
        done = []
        for target, part in list(self._parts.items()):
            try:
                os.replace(part, target)
            except OSError as error:
                raise _full(target, error) from error
            del self._parts[target]
            done.append(target)
        return done

    def discard(self) -> None:
        """Remove every part that was not published."""
        for part in self._parts.values():
            with suppress(OSError):  # it is gone already, or the folder is: nothing is left either way
                part.unlink()
        self._parts.clear()


@contextmanager
def outputs() -> Iterator[Outputs]:
    """A set of files that is published at the end of the block; left by an exception, nothing of it remains."""
    files = Outputs()
    try:
        yield files
        files.publish()
    finally:
        files.discard()


def check_format(target: Path, samples: Samples) -> None:
    """Refuse what cannot be written, before anything is rendered. Raises RenderError."""
    ending = target.suffix.lower()
    if ending not in (".wav", ".flac"):
        raise RenderError(f"{target}: found ending {ending!r}, expected .wav or .flac.", cure="Rename the file.")
    if ending == ".flac" and samples == "float":
        raise RenderError(f"{target}: FLAC cannot store float samples.", cure="Use --samples pcm24, or write a .wav.")


def write_sound(
    files: Outputs,
    target: Path,
    sound: Float32,
    *,
    samples: Samples,
    broadcast: Broadcast | None = None,
    cues: Sequence[Cue] = (),
) -> None:
    """Write float32 [frames, channels] into the part of ``target``. FLAC holds neither time reference nor cues."""
    check_format(target, samples)
    if target.suffix.lower() == ".flac":
        _write_flac(files.part(target), target, sound, samples)
        return
    channels = sound.shape[1]
    if len(sound) * channels * BYTES[samples] > LIMIT_BYTES:
        raise RenderError(f"{target}: a WAV file holds 4 GiB.", cure="Write a .flac, or fewer bits.")
    after = tail([cue for cue in cues if 0 <= cue.at < len(sound)])
    with files.open(target) as file:
        file.write(
            head(
                len(sound),
                channels=channels,
                rate_hz=RATE_HZ,
                samples=samples,
                broadcast=broadcast,
                tail_bytes=len(after),
            )
        )
        for piece in _pieces(sound):
            file.write(encode(piece, samples))
        if len(sound) * channels * BYTES[samples] % 2:
            file.write(b"\0")
        file.write(after)


def _write_flac(part: Path, target: Path, sound: Float32, samples: Samples) -> None:
    try:
        with soundfile.SoundFile(
            part, "w", samplerate=RATE_HZ, channels=sound.shape[1], format="FLAC", subtype=_SUBTYPES[samples]
        ) as file:
            for piece in _pieces(sound):
                file.write(piece)
    except (soundfile.SoundFileError, OSError, AssertionError) as error:
        raise _full(target, error) from error


def _pieces(sound: Float32) -> Iterable[Float32]:
    return (sound[first : first + _PIECE] for first in range(0, len(sound), _PIECE))


def _full(target: Path, error: BaseException) -> RenderError:
    reason = (getattr(error, "strerror", None) or str(error) or "the disk took only part of a block").rstrip(".")
    return RenderError(
        f"{target}: cannot be written: {reason}. Nothing of it was kept.",
        cure="Free some space, or name a file on another disk.",
    )
