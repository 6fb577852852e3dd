"""A sounding thing, by its name."""

from __future__ import annotations

from typing import Unpack

from hobnail.client.verbs import ContactFields, SettingsFields, Verbs
from hobnail.scene import Contact, EventAction


class EmitterVerbs:
    """What any client can do to one emitter without waiting. [any]"""

    def __init__(self, client: Verbs, name: str) -> None:
        self._verbs = client
        self.name = name

    def send_event(
        self,
        name: str,
        *,
        action: EventAction = "trigger",
        at: int | None = None,
        **contact: Unpack[ContactFields],
    ) -> int:
        """Something happens to it; the request's number."""
        return self._verbs.send_event(self.name, name, action=action, at=at, contact=Contact(**contact))

    def control(self, **values: float) -> None:
        """Move controls, normalised 0..1: ``control(pitch=0.7)``."""
        for control, value in values.items():
            self._verbs.control(control, value, emitter=self.name)

    def control_plain(self, **values: float) -> None:
        """Move controls in their own units: ``control_plain(pitch=3.0)`` for three semitones."""
        for control, value in values.items():
            self._verbs.control_plain(control, value, emitter=self.name)

    def update(self, **settings: Unpack[SettingsFields]) -> int:
        """Change its settings; the request's number."""
        return self._verbs.update(self.name, **settings)

    def remove(self) -> int:
        """Fade it out and forget it; the request's number."""
        return self._verbs.remove(self.name)
