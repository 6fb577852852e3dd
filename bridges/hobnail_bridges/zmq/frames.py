"""Frame messages wait here until the socket is drained: of several alike, only the newest is used."""

from __future__ import annotations

from hobnail.protocol import FrameMessage

_Key = tuple[object, ...]


class LatestFrames:
    """The newest frame message per client, emitters and columns. [io]"""

    def __init__(self) -> None:
        self._kept: dict[int, dict[_Key, tuple[FrameMessage, int]]] = {}

    def keep(self, client: int, message: FrameMessage, received_ns: int) -> bool:
        """Keep a frame; True when it replaces an older one."""
        kept = self._kept.setdefault(client, {})
        key = _key(message)
        superseded = kept.pop(key, None) is not None
        kept[key] = (message, received_ns)
        return superseded

    def clients(self) -> list[int]:
        """Clients of whom frames are kept."""
        return list(self._kept)

    def take(self, client: int) -> list[tuple[FrameMessage, int]]:
        """A client's frames with the time they came, oldest first; they are kept no longer."""
        return list(self._kept.pop(client, {}).values())


def _key(message: FrameMessage) -> _Key:
    if message.values is None:
        return (message.emitters, message.columns)
    return tuple((emitter, tuple(features)) for emitter, features in message.values.items())
