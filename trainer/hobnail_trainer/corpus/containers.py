"""Archives that games keep their sounds in: zip (``.pk3``, ``.wz``), OpenTTD's ``.cat``, OpenClonk's groups.

Each opener gives what looks like sound, one after another. What a container holds is told from
its first bytes, never from its name.
"""

from __future__ import annotations

import gzip
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Final, NamedTuple

from hobnail_trainer.corpus.deb import Member

SOUND_NAME: Final = re.compile(r"\.(?:wav|ogg|oga|opus|flac|mp3|aiff?)$", re.IGNORECASE)
"""What may be sound, by its name. What it really is, its bytes say."""


class Sound(NamedTuple):
    """What looks like a sound file."""

    path: str  #: inside the package; ``//`` marks a container that was opened
    data: bytes
    note: str = ""  #: what the container says of it: OpenTTD's sounds name author and licence


Inside = Iterator[Sound]

_COPY: Final = 1 << 20
_LIMIT: Final = 1 << 28
"""No sound of a game is larger than 256 MiB; a container that says so lies."""


class BrokenContainerError(Exception):
    """A container cannot be read; the message says why."""


Wanted = Callable[[str], bool]
"""Whether the sound at a path is to be read at all."""


def sounds_in(member: Member, scratch: Path, wanted: Wanted) -> Inside:
    """Sounds of a package's member: itself, or what it contains. Raises BrokenContainerError.

    ``scratch`` is a file that may be overwritten, for containers that must be read in any order.
    """
    if SOUND_NAME.search(member.path):
        if wanted(member.path):
            yield Sound(member.path, member.stream.read())
        return
    head = member.stream.read(4)
    if head == b"PK\x03\x04":
        _copy(head, member.stream, scratch)
        yield from _prefixed(member.path, _zip_sounds(scratch, lambda path: wanted(f"{member.path}//{path}")))
    elif head[:2] == b"\x1e\x8c":
        yield from _prefixed(member.path, _group_sounds(gzip_of_group(head + member.stream.read())), wanted)
    elif member.path.endswith(".cat"):
        yield from _prefixed(member.path, _cat_sounds(head + member.stream.read()), wanted)


def _prefixed(container: str, inside: Inside, wanted: Wanted | None = None) -> Inside:
    for sound in inside:
        path = f"{container}//{sound.path}"
        if wanted is None or wanted(path):
            yield sound._replace(path=path)


def _copy(head: bytes, stream: IO[bytes], scratch: Path) -> None:
    with scratch.open("wb") as file:
        file.write(head)
        while block := stream.read(_COPY):
            file.write(block)


def _zip_sounds(archive: Path, wanted: Wanted) -> Inside:
    try:
        with zipfile.ZipFile(archive) as opened:
            for info in opened.infolist():
                if SOUND_NAME.search(info.filename) and info.file_size < _LIMIT and wanted(info.filename):
                    yield Sound(info.filename, opened.read(info))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise BrokenContainerError(f"zip: {error}") from error


def _cat_sounds(data: bytes) -> Inside:
    """OpenTTD: a table of (offset, size), then for each a name with its length, a RIFF file and a caption."""
    if len(data) < 8:
        return
    count = (struct.unpack_from("<I", data)[0] & 0x7FFFFFFF) // 8
    if not 0 < count <= 4096 or len(data) < 8 * count:
        raise BrokenContainerError(f"cat: a table of {count} sounds in {len(data)} bytes")
    for number in range(count):
        start, size = (value & 0x7FFFFFFF for value in struct.unpack_from("<II", data, 8 * number))
        if start + size > len(data) or not size:
            raise BrokenContainerError(f"cat: sound {number} lies outside the file")
        name_end = start + 1 + data[start]
        note = data[start + 1 : name_end].rstrip(b"\0").decode("latin-1")
        title = re.sub(r"[:/\\\\]", "_", note.removeprefix('"').split('"')[0])
        yield Sound(f"{number:03d}_{title}.wav", data[name_end : name_end + size], note)


def gzip_of_group(data: bytes) -> bytes:
    """OpenClonk: gzip with other magic bytes."""
    try:
        return gzip.decompress(b"\x1f\x8b" + data[2:])
    except (OSError, EOFError, zlib.error) as error:
        raise BrokenContainerError(f"group: {error}") from error


_GROUP_HEADER: Final = 204
_GROUP_ENTRY: Final = 316


def _group_sounds(data: bytes, folder: str = "") -> Inside:
    """OpenClonk: a scrambled header, a table of entries, then their bytes; groups stand inside groups."""
    header = bytearray(byte ^ 237 for byte in data[:_GROUP_HEADER])
    for at in range(0, _GROUP_HEADER - 2, 3):
        header[at], header[at + 2] = header[at + 2], header[at]
    if not header.startswith(b"RedWolf Design GrpFolder"):
        raise BrokenContainerError("group: its header is not one")
    count = struct.unpack_from("<i", header, 36)[0]
    body = _GROUP_HEADER + count * _GROUP_ENTRY
    if not 0 <= count <= 65_536 or body > len(data):
        raise BrokenContainerError(f"group: a table of {count} entries in {len(data)} bytes")
    for number in range(count):
        at = _GROUP_HEADER + number * _GROUP_ENTRY
        name = folder + data[at : at + 260].split(b"\0")[0].decode("latin-1")
        is_group, size = struct.unpack_from("<ii", data, at + 264)
        start = body + struct.unpack_from("<i", data, at + 276)[0]
        if size < 0 or not body <= start <= len(data) - size:
            raise BrokenContainerError(f"group: entry {name!r} lies outside the file")
        if is_group:
            yield from _group_sounds(data[start : start + size], f"{name}/")
        elif SOUND_NAME.search(name):
            yield Sound(name, data[start : start + size])
