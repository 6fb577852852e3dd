"""Reads a Debian package as it is: an ``ar`` archive with a compressed tar inside. Pure Python, nothing is unpacked.

The members come one after another, so that a package of gigabytes needs no more room than its largest member.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final, NamedTuple

from hobnail_trainer.errors import CorpusError

_MAGIC: Final = b"!<arch>\n"
_HEADER: Final = 60


class Member(NamedTuple):
    """A regular file in a package. ``stream`` is valid until the next member is asked for."""

    path: str
    size: int
    stream: IO[bytes]


def members(package: Path) -> Iterator[Member]:
    """Every regular file, in the package's order. Links are left out. Raises CorpusError."""
    try:
        with package.open("rb") as file:
            _seek_data(file, package)
            with tarfile.open(fileobj=file, mode="r|*") as archive:
                for entry in archive:
                    if entry.isreg() and (stream := archive.extractfile(entry)) is not None:
                        yield Member(entry.name.removeprefix("./"), entry.size, stream)
    except (OSError, EOFError, tarfile.TarError) as error:
        raise CorpusError(
            f"{package}: not a Debian package that can be read: {error}.", cure="Remove it and run the command again."
        ) from error


def _seek_data(file: IO[bytes], package: Path) -> None:
    """Place ``file`` at the start of ``data.tar.*``."""
    if file.read(len(_MAGIC)) != _MAGIC:
        raise CorpusError(f"{package}: not a Debian package.", cure="Remove it and run the command again.")
    while len(header := file.read(_HEADER)) == _HEADER:
        if header[:16].strip().startswith(b"data.tar"):
            return
        size = int(header[48:58])
        file.seek(size + size % 2, 1)
    raise CorpusError(f"{package}: it has no data.", cure="Remove it and run the command again.")
