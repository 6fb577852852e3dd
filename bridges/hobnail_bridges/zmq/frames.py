"""Frame messages wait here until the socket is drained and their client's turn has come: only the newest are used."""

from __future__ import annotations

from hobnail.protocol import FrameMessage

_Key = tuple[object, ...]


class LatestFrames:
    """The newest frame message per client, emitters and columns. [io]

    A client's frames leave at most once per ``period_ns``: what comes in between would be replaced before a voice is
    stepped, so it is not worth the engine's time.
    """

    def __init__(self, period_ns: int) -> None:
        self._kept: dict[int, dict[_Key, tuple[FrameMessage, int]]] = {}
        self._period_ns = period_ns
        self._left_ns: dict[int, int] = {}  # client -> when its frames last left

    def keep(self, client: int, message: FrameMessage, received_ns: int) -> bool:
        """Keep a frame; True when it replaces an older one."""
        kept = self._kept.setdefault(client, {})
        key = _key(message)
        superseded = kept.pop(key, None) is not None
        kept[key] = (message, received_ns)
        return superseded

    def __len__(self) -> int:
        return len(self._kept)

    def due(self, now_ns: int) -> list[int]:
        """Clients whose frames may leave now."""
        return [client for client in self._kept if now_ns - self._left_ns.get(client, 0) >= self._period_ns]

    def take(self, client: int, now_ns: int) -> list[tuple[FrameMessage, int]]:
        """A client's frames with the time they came, oldest first; they are kept no longer."""
        frames = self._kept.pop(client, None)
        if frames is None:
            return []
        self._left_ns[client] = now_ns
        return list(frames.values())

    def forget(self, client: int) -> None:
        """A client left; what it had here is dropped."""
        self._kept.pop(client, None)
        self._left_ns.pop(client, None)


def _key(message: FrameMessage) -> _Key:
    if message.values is None:
        return (message.emitters, message.columns)
    return tuple((emitter, tuple(features)) for emitter, features in message.values.items())
