"""A film before the voices: what they see of it, how far ahead, and a note of what they made of it.

Sound follows what is seen by ``NetworkSpec.sight_lag`` hops, as a game tells of a contact after it happened. A film
that may be looked at ahead is shown as much earlier, so that its sound is in time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hobnail.audio import HOP_FRAMES, RATE_HZ
from hobnail.contracts import Float32
from hobnail.film.motion import motion_of
from hobnail.film.onsets import find_onsets, live_onsets
from hobnail_plugins.aht.remembering import Ahead
from hobnail_plugins.aht.sights import Eyes, Slots, near
from hobnail_plugins.aht.spec import CUE_WIDTH, NetworkSpec
from hobnail_plugins.vision.clock import Int64
from hobnail_plugins.vision.film import PICTURE_FRAMES, FilmSight

TICK_LATE: Final = 400  #: frames: a game's tick comes on average so long after what it tells of
LEAST: Final = 0.2  #: how hard the weakest contact of a film is taken to be


@dataclass(frozen=True, slots=True, eq=False)
class Contacts:
    """What a film shows to happen. Immutable."""

    at: Int64  #: rising frames at which voices learn of it
    strength: Float32  #: 0..1

    @staticmethod
    def of(pictures: NDArray[np.uint8], at_frames: Int64, *, live: bool) -> Contacts:
        """[control] ``live``: nothing is known before its picture."""
        if not len(pictures):
            return Contacts(np.zeros(0, np.int64), np.zeros(0, np.float32))
        begin, end = int(at_frames[0]), int(at_frames[-1]) + PICTURE_FRAMES
        motion = motion_of(pictures, at_frames - begin, end - begin)
        seen = live_onsets(motion) if live else find_onsets(motion, end - begin)
        late = 0 if live else TICK_LATE
        at = np.array([each.at for each in seen], np.int64) + begin + late
        return Contacts(at, np.array([each.strength for each in seen], np.float32))

    def rows(self, frames: Int64) -> Float32:
        """How hard something is struck in hops that begin at ``frames`` [...], [..., CUE_WIDTH]."""
        rows = np.zeros((*frames.shape, CUE_WIDTH), np.float32)
        rows[..., 1] = 1.0
        for at, strength in zip(self.at.tolist(), self.strength.tolist(), strict=True):
            rows[(frames >= at) & (frames - HOP_FRAMES < at), 0] = LEAST + (1.0 - LEAST) * strength
        return rows


class Watching:
    """A film that is being shown. [engine]"""

    def __init__(self, film: FilmSight, lead_hops: int, contacts: Contacts) -> None:
        self.film = film
        self.lead_hops = lead_hops  #: that are seen before their time
        self.contacts = contacts
        self._notes: list[tuple[float, ...]] = []

    @staticmethod
    def of(pictures: NDArray[np.uint8], at_frames: NDArray[np.int64], *, lead_ms: float) -> Watching:
        """[control] ``lead_ms`` 0..80: vision was trained to look as far ahead. Raises EngineError."""
        lead_hops = round(lead_ms / 1000.0 * RATE_HZ / HOP_FRAMES)
        return Watching(FilmSight(pictures, at_frames), lead_hops, Contacts.of(pictures, at_frames, live=not lead_hops))

    def ahead(self, hops: int, lag: int) -> Ahead:
        """What is seen while a block of so many hops is made: nothing was trained to look beyond the block's end."""
        early = min(lag, self.lead_hops)
        return Ahead(self.film, min(hops, self.lead_hops - early), early)

    def cues(self, begun: Int64, made: Int64, hops: int, taps: int, lag: int) -> Float32:
        """Contacts for the next ``hops`` hops of voices that began at frames ``begun`` and have ``made`` hops.

        As :meth:`Eyes.cues` gives those of a game; 0 for voices that do not know when they sound (-1).
        """
        ahead = self.ahead(hops, lag)
        order = np.arange(1 - taps, hops)
        frames = begun[:, None] + (made[:, None] + order + ahead.early) * HOP_FRAMES
        known = (begun[:, None] >= 0) & (order < ahead.hops) & self.film.there(frames)
        return near(self.contacts.rows(frames) * known[:, :, None], taps)

    def note(self, at: NDArray[np.int64], made: Sequence[int], hops: int, weights: Float32) -> None:
        """A block of voices that began at ``at`` (-1: unknown) and had made ``made``, with ``weights`` [voices, 3]."""
        self._notes += [
            (begun + HOP_FRAMES * before, HOP_FRAMES * hops, *each)
            for begun, before, each in zip(at.tolist(), made, weights.tolist(), strict=True)
            if begun >= 0
        ]

    def notes(self) -> NDArray[np.float64]:
        """[control] float64 [blocks, 5]: first frame, frames, weights of text, vision, history."""
        return np.array(self._notes, np.float64).reshape(-1, 5)


def cues_of(
    spec: NetworkSpec, eyes: Eyes, watching: Watching | None, slots: Slots, made: Sequence[int], hops: int
) -> Float32 | None:
    """[engine] What a game tells of the next ``hops`` hops; of voices that are told nothing, what a film shows."""
    if not spec.cue_hops:
        return None
    told = eyes.cues(slots, hops, spec.cue_hops)
    if watching is None:
        return told
    shown = watching.cues(eyes.at[slots], np.array(made, np.int64), hops, spec.cue_hops, spec.sight_lag)
    return shown if told is None else np.where(np.any(told, axis=(1, 2), keepdims=True), told, shown)
