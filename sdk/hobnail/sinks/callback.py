"""The sink that hands each block to a function of yours."""

from __future__ import annotations

from collections.abc import Callable

from hobnail.contracts import Float32
from hobnail.errors import SinkError


class CallbackSink:
    """Calls ``function(block)`` with float32 [frames, 2] for every block, on the session's I/O thread.

    The block is the function's own to keep. What the function raises ends this sink, not the session.
    """

    def __init__(self, function: Callable[[Float32], object]) -> None:
        self._function = function

    def open(self, rate_hz: int, channels: int) -> None:
        """[control] Nothing to get ready."""

    def write(self, block: Float32) -> None:
        """[io] Pass float32 [frames, channels] on."""
        try:
            self._function(block)
        except Exception as error:  # a stranger's code may raise anything
            raise SinkError(
                f"The sink's callback {self._function!r} raised {type(error).__name__}: {error}.",
                cure="Catch what it raises inside it.",
            ) from error

    def close(self) -> None:
        """[control] Nothing to finish."""
