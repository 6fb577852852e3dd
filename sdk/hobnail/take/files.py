"""Takes on disk: written line by line by a thread of its own, read back and checked."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec

from hobnail.errors import RenderError, SinkError
from hobnail.take.model import FORMAT, Take, TakeHeader, TakeLine

LINE_LIMIT_BYTES = 4 << 20
_HEADER = msgspec.json.Decoder(TakeHeader)
_LINE: msgspec.json.Decoder[TakeLine] = msgspec.json.Decoder(TakeLine)


class TakeWriter:
    """Writes lines as they come; the file takes its name when it is closed. [any] :meth:`put` never waits."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._part = target.with_name(target.name + ".part")
        self._lines: queue.SimpleQueue[TakeHeader | TakeLine | Callable[[], TakeLine] | None] = queue.SimpleQueue()
        self._problem: OSError | None = None
        self._thread = threading.Thread(target=self._write, name="hobnail-take", daemon=True)

    def open(self) -> None:
        """[control] Create the part. Raises SinkError."""
        try:
            self._part.write_bytes(b"")
        except OSError as error:
            raise SinkError(
                f"{self._target}: cannot be created: {error.strerror or error}.",
                cure="Name a file in an existing directory that you may write to.",
            ) from error
        self._thread.start()

    def put(self, line: TakeHeader | TakeLine) -> None:
        """[any] Write a line some time soon."""
        self._lines.put(line)

    def put_made(self, make: Callable[[], TakeLine]) -> None:
        """[any] The same of a line that the writer makes when its turn comes."""
        self._lines.put(make)

    def close(self) -> None:
        """[control] Finish and give the file its name. Raises SinkError; then what was written is in the part."""
        self._lines.put(None)
        self._thread.join()
        try:
            if self._problem is not None:
                raise self._problem
            os.replace(self._part, self._target)
        except OSError as error:
            raise SinkError(
                f"{self._target}: the take is not whole: {error.strerror or error}. What there is: {self._part}.",
                cure="Free some space.",
            ) from error

    def _write(self) -> None:
        encoder = msgspec.json.Encoder()
        try:
            with self._part.open("wb") as file:
                while (line := self._lines.get()) is not None:
                    file.write(encoder.encode(line() if callable(line) else line) + b"\n")
        except OSError as error:
            self._problem = error
            while self._lines.get() is not None:  # whoever puts lines must not be kept in memory for them
                pass


def read_take(path: Path | str) -> Take:
    """A take from its file. Raises RenderError with the line and the fault."""
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RenderError(f"{path}: cannot be read: {error.strerror or error}.", cure="Check the path.") from error
    rows = data.split(b"\n")
    if rows and rows[-1] == b"":
        rows.pop()
    elif len(rows) > 1:
        rows.pop()  # cut off in the middle of a line: what came before is good
    try:
        header = _HEADER.decode(rows[0] if rows else b"")
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RenderError(
            f"{path}, line 1: not the header of a {FORMAT}: {error}.",
            cure="Give a file that 'hobnail serve --record NAME.hobnail' wrote.",
        ) from error
    lines: list[TakeLine] = []
    for number, row in enumerate(rows[1:], start=2):
        try:
            lines.append(_LINE.decode(row))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise RenderError(f"{path}, line {number}: {error}.", cure="Remove that line, or record again.") from error
    return Take(header=header, lines=tuple(lines))
