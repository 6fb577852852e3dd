"""What comes by OSC, for ``hobnail monitor``: one look at a flag while nobody watches. [io]"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Final

from hobnail.errors import MessageError
from hobnail.watching import Seen, Watch
from hobnail_bridges.osc.packets import OscMessage

DOOR: Final = "osc"
_BYTES_SHOWN: Final = 48  # of a packet that cannot be read
_CHARACTERS_SHOWN: Final = 1024


class Showing:
    """Messages as people write them, with their sender's address and port as its name."""

    def __init__(self, watch: Watch, now_ns: Callable[[], int]) -> None:
        self._watch = watch
        self._now_ns = now_ns

    def message(self, message: OscMessage, key: Hashable, error: MessageError | None = None) -> None:
        """It was taken, or refused because of ``error``."""
        if self._watch.on:
            self._saw(" ".join([message.address, *map(repr, message.args)]), key, error)

    def malformed(self, data: bytes, key: Hashable, error: MessageError) -> None:
        """A packet that is no OSC."""
        if self._watch.on:
            self._saw(data[:_BYTES_SHOWN].hex(" "), key, error, len(data))

    def refused(self, address: str, key: Hashable, error: MessageError) -> None:
        """The session refused what an earlier message asked for."""
        if self._watch.on:
            self._saw(address, key, error)

    def _saw(self, text: str, key: Hashable, error: MessageError | None, size: int = 0) -> None:
        named = ":".join(map(str, key[:2])) if isinstance(key, tuple) else str(key)
        text = text[:_CHARACTERS_SHOWN]
        self._watch.saw(Seen(door=DOOR, client=named, ns=self._now_ns(), size=size, text=text), error)
