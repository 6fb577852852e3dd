"""Records the mix that comes back over the wire, on its own thread, into a WAV file."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Final

import numpy as np
import soundfile

from hobnail.audio import RATE_HZ
from hobnail.client import Client
from hobnail.errors import ClientError, SinkError
from hobnail.replay.record import PcmRecording

WAIT_S: Final = 0.1
LONGEST_GAP_S: Final = 10.0  # a longer jump is a new session, not a loss


class PcmRecorder:
    """Writes ``pcm/mix`` to a file; what never arrived becomes silence and is counted. [control]"""

    def __init__(self, client: Client, path: Path) -> None:
        self._client = client
        self._path = path
        self._first_frame: int | None = None
        self._frames = 0
        self._missing = 0
        self._problem = ""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hobnail-replay-pcm", daemon=True)

    def start(self) -> None:
        """Subscribe and begin."""
        self._thread.start()

    def finish(self) -> PcmRecording | None:
        """End the file. None when nothing came, or when the file could not be written (see ``problem``)."""
        self._stopping.set()
        self._thread.join()
        if self._first_frame is None or self._problem:
            return None
        return PcmRecording(
            path=str(self._path),
            first_frame=self._first_frame,
            frames=self._frames,
            missing_frames=self._missing,
        )

    @property
    def problem(self) -> str:
        """Why there is no recording; empty when there is one, or when no sound came."""
        return self._problem

    def _run(self) -> None:
        partial = self._path.with_name(self._path.name + ".part")
        try:
            with (
                self._client.audio("mix") as stream,
                soundfile.SoundFile(partial, "w", RATE_HZ, 2, subtype="PCM_24", format="WAV") as file,
            ):
                while not self._stopping.is_set():
                    chunk = stream.read(WAIT_S)
                    if chunk is not None:
                        self._write(file, chunk.at, chunk.samples)
            partial.replace(self._path)
        except (OSError, soundfile.SoundFileError, SinkError, ClientError) as error:
            self._problem = f"{self._path}: the recording ended early: {error}"
            partial.unlink(missing_ok=True)

    def _write(self, file: soundfile.SoundFile, at: int, samples: np.ndarray) -> None:
        if self._first_frame is None:
            self._first_frame = at
        gap = at - (self._first_frame + self._frames)
        if 0 < gap <= LONGEST_GAP_S * RATE_HZ:
            file.write(np.zeros((gap, 2), dtype=np.float32))
            self._missing += gap
            self._frames += gap
        file.write(samples)
        self._frames += len(samples)
