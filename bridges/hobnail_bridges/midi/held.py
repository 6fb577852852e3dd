"""Sounds that last as long as a key is held, or the pedal."""

from __future__ import annotations

import msgspec


class Sound(msgspec.Struct, frozen=True):
    """A sustained event of an emitter; several keys may hold it."""

    emitter: str
    event: str


class HeldNotes:
    """Which keys hold which sounds. A sound ends when the last key that holds it is up. [one thread]"""

    def __init__(self) -> None:
        self._holders: dict[Sound, set[tuple[int, int]]] = {}
        self._up: set[tuple[int, int]] = set()  # keys that are up, but whose pedal is down
        self._pedals: set[int] = set()

    def down(self, channel: int, note: int, sound: Sound) -> None:
        """A key begins, or takes up, a sound."""
        self._up.discard((channel, note))
        self._holders.setdefault(sound, set()).add((channel, note))

    def up(self, channel: int, note: int) -> list[Sound]:
        """A key is let go: the sounds that end."""
        if channel in self._pedals:
            self._up.add((channel, note))
            return []
        return self._release({(channel, note)})

    def pedal(self, channel: int, *, down: bool) -> list[Sound]:
        """The sustain pedal of a channel moves: the sounds that end."""
        if down:
            self._pedals.add(channel)
            return []
        self._pedals.discard(channel)
        keys = {key for key in self._up if key[0] == channel}
        self._up -= keys
        return self._release(keys)

    def all(self, channel: int | None = None) -> list[Sound]:
        """All keys, or those of a channel, are let go, whatever the pedals say."""
        keys = {key for keys in self._holders.values() for key in keys if channel in (None, key[0])}
        self._up -= keys
        return self._release(keys)

    def _release(self, keys: set[tuple[int, int]]) -> list[Sound]:
        ended = []
        for sound, holders in list(self._holders.items()):
            if holders & keys:
                self._holders[sound] = left = holders - keys
                if not left:
                    del self._holders[sound]
                    ended.append(sound)
        return ended
