"""Contacts seen in motion, and how well they were."""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np

from hobnail.film.motion import STEP_FRAMES, Motion, motion_levels
from hobnail.film.onset_network import AROUND, OnsetNetwork, known_rows

LEAST_APART: Final = 2  # thirtieths between two contacts
DEFAULT_THRESHOLD: Final = 0.4
LIVE_APART: Final = 4  # the same as they come: a contact is seen in three pictures
LIVE_THRESHOLD: Final = 0.3
DEFAULT_LEAST_MOTION: Final = 0.15  # of the rows' first column: below, nothing moves


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A contact that was seen."""

    at: int  #: frame of 48 kHz
    confidence: float  #: 0..1
    strength: float  #: 0..1, how much moved


def find_onsets(
    motion: Motion,
    frames: int,
    *,
    network: OnsetNetwork | None = None,
    threshold: float = DEFAULT_THRESHOLD,
    offset_frames: int = 0,
) -> list[Seen]:
    """The contacts in what moves, in order of time; none where nothing does.

    ``threshold``: the chance from which one counts. ``offset_frames``: moves all of them.
    """
    rows = motion.rows
    chance, place = (network or OnsetNetwork.packaged())(motion)
    loudest = max(float(rows[:, 0].max(initial=0.0)), 1e-6)
    found: list[Seen] = []
    taken = np.zeros(len(rows), bool)
    for index in np.argsort(-chance, kind="stable"):
        if chance[index] < threshold:
            break
        low, high = max(0, index - AROUND), index + AROUND + 1
        if taken[max(0, index - LEAST_APART + 1) : index + LEAST_APART].any():
            continue
        strength = float(rows[low:high, 0].max())
        if strength < DEFAULT_LEAST_MOTION:
            continue
        taken[index] = True
        at = round((int(index) + float(place[index])) * STEP_FRAMES) + offset_frames
        if 0 <= at < frames:
            found.append(Seen(at=at, confidence=round(float(chance[index]), 3), strength=round(strength / loudest, 3)))
    return sorted(found, key=lambda seen: seen.at)


def live_onsets(
    motion: Motion, *, network: OnsetNetwork | None = None, threshold: float = LIVE_THRESHOLD
) -> list[Seen]:
    """Contacts as they come to be known while pictures are shown: ``at`` is the frame of the picture that shows it."""
    chance, _ = (network or OnsetNetwork.packaged(live=True))(motion)
    levels = motion_levels(known_rows(motion.rows, live=True))
    found: list[Seen] = []
    rests, loudest = 0, 1e-6
    for index in range(len(chance)):
        rests, loudest = rests - 1, max(loudest, float(levels[index]))
        strength = float(levels[max(0, index - AROUND) : index + 1].max())
        if rests <= 0 and chance[index] >= threshold and strength >= DEFAULT_LEAST_MOTION:
            rests = LIVE_APART
            sure, strong = round(float(chance[index]), 3), round(strength / loudest, 3)
            found.append(Seen(at=index * STEP_FRAMES, confidence=sure, strength=strong))
    return found


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """How well contacts were found."""

    wanted: int
    found: int
    matched: int
    median_ms: float | None  #: of |error| of the matched ones

    @property
    def f1(self) -> float:
        """Of precision and recall; 1 when there was nothing to find and nothing was found."""
        return 2.0 * self.matched / (self.wanted + self.found) if self.wanted + self.found else 1.0


def score(found: list[int], wanted: list[int], *, within_frames: int = 2_400) -> tuple[int, list[int]]:
    """(matched, errors in frames): each wanted frame with at most one found, nearest pairs first."""
    pairs = sorted(
        (abs(at - want), at - want, one, other)
        for one, want in enumerate(wanted)
        for other, at in enumerate(found)
        if abs(at - want) <= within_frames
    )
    used_wanted: set[int] = set()
    used_found: set[int] = set()
    errors = []
    for _, error, one, other in pairs:
        if one not in used_wanted and other not in used_found:
            used_wanted.add(one)
            used_found.add(other)
            errors.append(error)
    return len(errors), errors
