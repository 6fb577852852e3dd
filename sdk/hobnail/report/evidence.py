"""What a recording says of an event, without asking the server: does it rise, and are the voice's own samples in it?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hobnail.audio import RATE_HZ
from hobnail.replay.record import ReplayedEvent
from hobnail.report.hearing import BandEnergies
from hobnail.report.matching import Matcher
from hobnail.take import Beginnings

EARLY_FRAMES: Final = 15 * RATE_HZ // 100


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording of the mix: float32 [frames, channels], and the session frame of its first sample."""

    samples: NDArray[np.float32]
    first_frame: int


class Evidence:
    """A recording, and the beginnings of voices that are looked for in it; made once and asked often."""

    def __init__(self, recording: Recording, beginnings: Beginnings) -> None:
        self.first_frame = recording.first_frame
        self.energies = BandEnergies(recording.samples)
        self._matcher = Matcher(recording.samples)
        self._beginnings = beginnings

    def rises(self, event: ReplayedEvent) -> bool:
        """Whether the recording rises where the session says that the event's voice began."""
        return event.onset_frame is not None and self.energies.rises(event.onset_frame - self.first_frame)

    def matches(self, event: ReplayedEvent, *, early_frames: int = 0) -> bool | None:
        """Whether the voice's own samples lie there; None: it was not heard, or its samples were not kept."""
        sound = None if event.voice is None else self._beginnings.get(event.voice)
        if sound is None or event.onset_frame is None:
            return None
        return self._matcher.holds(sound, event.onset_frame - self.first_frame - early_frames)

    def matches_by_chance(self, events: Iterable[ReplayedEvent]) -> int | None:
        """How many are found 150 ms before their place, where they are not; None: none could be looked for."""
        found = [self.matches(event, early_frames=EARLY_FRAMES) for event in events if event.sounds]
        looked = [each for each in found if each is not None]
        return sum(looked) if looked else None
