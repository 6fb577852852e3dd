"""The exporter that appends snapshots to a file, one JSON object a line."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import msgspec

from hobnail.errors import SinkError
from hobnail.metrics import Metrics


class JsonLinesConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Table ``[telemetry.jsonl]``."""

    path: str  #: the file to append to; it is created when there is none


class JsonLinesExporter:
    """Appends each snapshot to ``config.path`` as a line of JSON, at once, so that ``tail -f`` shows it."""

    def __init__(self, config: JsonLinesConfig) -> None:
        self._path = Path(config.path)
        self._file: BinaryIO | None = None

    def export(self, metrics: Metrics) -> None:
        """[control] Append one line. Raises SinkError naming the file; the session goes on without it."""
        try:
            if self._file is None:
                self._file = self._path.open("ab", buffering=0)
            self._file.write(msgspec.json.encode(metrics) + b"\n")
        except OSError as error:
            raise SinkError(
                f"{self._path}: cannot be written: {error.strerror or error}.",
                cure="Name a file in [telemetry.jsonl] that you may write to, on a disk with room.",
            ) from error

    def close(self) -> None:
        """[control] Let the file go."""
        file, self._file = self._file, None
        if file is not None:
            file.close()
