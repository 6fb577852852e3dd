"""A topic's newest sound in shared memory, for listeners on this machine."""

from __future__ import annotations

from multiprocessing.shared_memory import SharedMemory

from hobnail.contracts import Float32
from hobnail.protocol.audio import SharedHeader
from hobnail_native import SoundPage

_FRAMES = 131_072  # 2.7 s: a host may want a block of a second, and hears it later still


class SharedSound:
    """One topic's memory: made, written, and taken away. [io]"""

    def __init__(self, rate_hz: int, channels: int) -> None:
        self._memory = SharedMemory(create=True, size=SoundPage.bytes_needed(channels, _FRAMES))
        view = self._memory.buf
        assert view is not None, "the memory was closed"
        self._page = SoundPage(view, channels, _FRAMES)
        self._header = SharedHeader(memory=self._memory.name, rate=rate_hz, channels=channels, frames=_FRAMES)

    @property
    def header(self) -> SharedHeader:
        """Where it is, for those who asked."""
        return self._header

    def write(self, at: int, samples: Float32) -> None:
        """Add float32 [frames, channels], the first at session frame ``at``."""
        self._page.write(at, samples)

    def close(self) -> None:
        """Take it away. Who has it mapped keeps what is in it."""
        self._page.close()
        self._memory.close()
        self._memory.unlink()


def share_sound(rate_hz: int, channels: int) -> SharedSound | None:
    """Memory for a topic; None where this machine has none to share."""
    try:
        return SharedSound(rate_hz, channels)
    except OSError:
        return None
