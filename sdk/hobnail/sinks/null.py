"""The sink that lets the sound go."""

from __future__ import annotations

from hobnail.contracts import Float32


class NullSink:
    """Takes everything and keeps nothing: for servers whose clients listen over the network, and for tests."""

    def open(self, rate_hz: int, channels: int) -> None:
        """[control] Nothing to get ready."""

    def write(self, block: Float32) -> None:
        """[io] Take float32 [frames, channels] and forget it."""

    def close(self) -> None:
        """[control] Nothing to finish."""
