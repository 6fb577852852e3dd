"""Sound that grows without filling the memory: blocks go to a file without a name, and come back as one array."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from typing import IO

import numpy as np

from hobnail.contracts import Float32
from hobnail.errors import RenderError


class Spool:
    """Collects float32 blocks of ``channels``. Nothing is left of it on the disk, however the program ends."""

    def __init__(self, channels: int) -> None:
        self._channels = channels
        self._file: IO[bytes] = tempfile.TemporaryFile(prefix="hobnail-")  # noqa: SIM115 - lives as long as we do
        self.frames = 0

    def append(self, block: Float32) -> None:
        """Append float32 [frames, channels], or [frames] of one channel. Raises RenderError when the disk is full."""
        try:
            self._file.write(np.ascontiguousarray(block, np.float32).tobytes())
        except OSError as error:
            raise RenderError(
                f"the sound so far does not fit on the disk: {error.strerror or error}.",
                cure="Free some space, or let TMPDIR name a folder on another disk.",
            ) from error
        self.frames += len(block)

    def pad_to(self, frames: int) -> None:
        """Append silence up to ``frames``."""
        while self.frames < frames:
            self.append(np.zeros((min(65_536, frames - self.frames), self._channels), np.float32))

    def array(self) -> Float32:
        """All of it, float32 [frames, channels], mapped from the file; nothing may be appended afterwards."""
        if self.frames == 0:
            return np.zeros((0, self._channels), np.float32)
        self._file.flush()
        mapped = np.memmap(self._file, np.float32, mode="r", shape=(self.frames, self._channels))
        self._file.close()  # the map keeps its own hold on it
        return mapped

    def __del__(self) -> None:
        with suppress(OSError, AttributeError):  # a full disk, which was told already; a signal before there was a file
            self._file.close()
