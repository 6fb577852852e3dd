"""Files that are there whole or not at all: written to ``.part``, then renamed."""

from __future__ import annotations

import errno
from pathlib import Path

from hobnail_trainer.errors import CorpusError


def write_whole(target: Path, data: bytes) -> None:
    """Write ``data`` to ``target``, whole or not at all. Raises CorpusError."""
    partial = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(data)
        partial.replace(target)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise disk_error(target, error) from error


def disk_error(target: Path, error: OSError) -> CorpusError:
    """What to tell when a file cannot be written; a full disk has its own cure."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return CorpusError(
            f"{target}: the disk is full.", cure="Free some space and run the same command again; it goes on from here."
        )
    return CorpusError(f"{target}: cannot be written: {error.strerror}.", cure="Choose another folder: --to DIR.")
