"""Contacts seen in motion: a small network that was fitted on simulated scenes, run with numpy."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from hobnail.contracts import Float32
from hobnail.film.motion import STEP_FRAMES

AROUND: Final = 4  # thirtieths looked at before and after: the whole film is known
LEAST_APART: Final = 3  # thirtieths between two contacts
DEFAULT_THRESHOLD: Final = 0.25
DEFAULT_LEAST_MOTION: Final = 0.15  # of motion_rows' first column: below, nothing moves


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A contact that was seen."""

    at: int  #: frame of 48 kHz
    confidence: float  #: 0..1
    strength: float  #: 0..1, how much moved


@dataclass(frozen=True, slots=True, eq=False)
class OnsetNetwork:
    """Two layers: [(2 AROUND + 1) * WIDTH] -> hidden -> (is there a contact, where within +-1 thirtieth)."""

    mean: Float32
    spread: Float32
    first: Float32
    first_bias: Float32
    second: Float32
    second_bias: Float32

    @staticmethod
    def packaged() -> OnsetNetwork:
        """The one that ships."""
        with (resources.files("hobnail.film") / "data" / "onsets.npz").open("rb") as file:
            arrays = np.load(file, allow_pickle=False)
            return OnsetNetwork(**{name: arrays[name].astype(np.float32) for name in arrays.files})

    def __call__(self, rows: Float32) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(chance of a contact 0..1, its place in thirtieths after the row), each float32 [rows]."""
        hidden = np.maximum((windows(rows) - self.mean) / self.spread @ self.first + self.first_bias, 0.0)
        out = hidden @ self.second + self.second_bias
        chance = 1.0 / (1.0 + np.exp(-out[:, 0]))
        return chance.astype(np.float32), np.clip(out[:, 1], -1.0, 1.0).astype(np.float32)


def windows(rows: Float32) -> Float32:
    """float32 [rows, (2 AROUND + 1) * WIDTH]: each row with those around it; the ends stand still."""
    padded = np.concatenate([np.repeat(rows[:1], AROUND, axis=0), rows, np.repeat(rows[-1:], AROUND, axis=0)])
    return np.concatenate([padded[shift : shift + len(rows)] for shift in range(2 * AROUND + 1)], axis=1)


def find_onsets(
    rows: Float32,
    frames: int,
    *,
    network: OnsetNetwork | None = None,
    threshold: float = DEFAULT_THRESHOLD,
    offset_frames: int = 0,
) -> list[Seen]:
    """The contacts in :func:`motion_rows`, in order of time; none where nothing moves.

    ``threshold``: the chance from which one counts. ``offset_frames``: moves all of them.
    """
    chance, place = (network or OnsetNetwork.packaged())(rows)
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
