"""What was done with each file of a package, line by line, so that an interrupted build goes on where it was.

A line is added after its audio file has its final name; a last line that was cut off is not read. The journal belongs
to one archive and one version of the processing; with another, it starts anew.
"""

from __future__ import annotations

from pathlib import Path
from typing import IO

import msgspec

from hobnail_trainer.corpus.files import disk_error
from hobnail_trainer.corpus.process import PROCESS_VERSION, Measured, Refused


class Opening(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="is", tag="opening"):
    """The first line."""

    archive: str  #: what was read: name and size of the package's file
    process: int
    limits: str  #: the recipe's limits, as JSON


class Finished(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="is", tag="finished"):
    """Everything was looked at, with these rules."""

    rules: str  #: digest
    dropped: dict[str, str]  #: path -> reason, of files left out by their name
    broken: dict[str, str] = {}  #: container -> why it could not be read


Entry = Measured | Refused
_LINE = msgspec.json.Decoder(Opening | Measured | Refused | Finished)


class Journal:
    """The journal of one package. [one thread]"""

    def __init__(self, path: Path, opening: Opening) -> None:
        self._path = path
        self.entries: dict[str, Entry] = {}
        self.finished: Finished | None = None
        lines = _whole_lines(path)
        if not lines or lines[0] != opening:
            lines = [opening]
        for line in lines[1:]:
            if isinstance(line, Measured) and not (path.parent.parent / line.audio).is_file():
                continue  # somebody removed the audio: it is made again
            if isinstance(line, Finished):
                self.finished = line
            elif not isinstance(line, Opening):
                self.entries[line.path] = line
        self._rewrite(lines)
        self._file: IO[bytes] = path.open("ab")

    def add(self, line: Entry | Finished) -> None:
        """Write a line down at once."""
        try:
            self._file.write(msgspec.json.encode(line) + b"\n")
            self._file.flush()
        except OSError as error:
            raise disk_error(self._path, error) from error
        if isinstance(line, Finished):
            self.finished = line
        else:
            self.entries[line.path] = line

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _rewrite(self, lines: list[Opening | Entry | Finished]) -> None:
        """Store what was whole, so that a cut-off line does not stay in the middle."""
        partial = self._path.with_name(self._path.name + ".part")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            partial.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
            partial.replace(self._path)
        except OSError as error:
            raise disk_error(self._path, error) from error


def opening_of(archive: Path, limits: msgspec.Struct) -> Opening:
    """The opening that a journal of this archive has now."""
    text = msgspec.json.encode(limits).decode()
    return Opening(archive=f"{archive.name} {archive.stat().st_size}", process=PROCESS_VERSION, limits=text)


def _whole_lines(path: Path) -> list[Opening | Entry | Finished]:
    """Lines up to the first that is cut off or broken."""
    lines: list[Opening | Entry | Finished] = []
    if not path.is_file():
        return lines
    for raw in path.read_bytes().split(b"\n")[:-1]:
        try:
            lines.append(_LINE.decode(raw))
        except (msgspec.DecodeError, UnicodeDecodeError):
            break
    return lines
