"""Writes one part: files of rows that grow entry by entry, then the index, last. What is not finished is not there."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path
from typing import IO

import msgspec
import numpy as np
from numpy.typing import NDArray

from hobnail_trainer.corpus.files import disk_error, write_whole
from hobnail_trainer.feed.model import INDEX, PartIndex, Stored, Sums


class RowFile:
    """A file of float16 rows under construction. [one thread]"""

    def __init__(self, path: Path) -> None:
        """Raises CorpusError."""
        self.rows = 0
        self._path, self._hash, self._bytes = path, hashlib.sha256(), 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: IO[bytes] = self._partial.open("wb")
        except OSError as error:
            raise disk_error(path, error) from error

    def add(self, rows: NDArray[np.float16]) -> int:
        """Append rows; gives the number of the first. Raises CorpusError."""
        data, first = np.ascontiguousarray(rows, "<f2").tobytes(), self.rows
        try:
            self._file.write(data)
        except OSError as error:
            self.abandon()
            raise disk_error(self._path, error) from error
        self._hash.update(data)
        self._bytes += len(data)
        self.rows += len(rows)
        return first

    def finish(self) -> Stored:
        """Give the file its name. Raises CorpusError."""
        try:
            self._file.close()
            self._partial.replace(self._path)
        except OSError as error:
            raise disk_error(self._path, error) from error
        return Stored(name=self._path.name, bytes=self._bytes, sha256=self._hash.hexdigest())

    def abandon(self) -> None:
        """Leave nothing."""
        with suppress(OSError):
            self._file.close()
        self._partial.unlink(missing_ok=True)

    @property
    def _partial(self) -> Path:
        return self._path.with_name(f"{self._path.name}.part")


class Adder:
    """Sums of columns in double precision."""

    def __init__(self) -> None:
        self._rows, self._total, self._squares = 0, np.zeros(0), np.zeros(0)

    def add(self, rows: NDArray[np.float16]) -> None:
        """float16 [rows, columns]."""
        values = rows.astype(np.float64)
        if not self._rows:
            self._total, self._squares = np.zeros(values.shape[1]), np.zeros(values.shape[1])
        self._rows += len(values)
        self._total += values.sum(axis=0)
        self._squares += np.square(values).sum(axis=0)

    def sums(self) -> Sums:
        """So far."""
        return Sums(rows=self._rows, total=tuple(self._total.tolist()), squares=tuple(self._squares.tolist()))


def write_index(folder: Path, index: PartIndex) -> None:
    """The last step. Raises CorpusError."""
    write_whole(folder / INDEX, msgspec.json.encode(index))


def kept_index(folder: Path, made_of: str) -> PartIndex | None:
    """The index of a part that is there, whole, and made of the same; else None."""
    try:
        index = msgspec.json.decode((folder / INDEX).read_bytes(), type=PartIndex)
        whole = all((folder / each.name).stat().st_size == each.bytes for each in index.files)
    except (OSError, msgspec.DecodeError):
        return None
    return index if whole and index.made_of == made_of else None
