"""Peaks of successive hops to partials: each slot follows one line for as long as it lasts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from hobnail.contracts import Float32
from hobnail_plugins.codec.peaks import Peaks
from hobnail_plugins.codec.spec import SILENT

AHEAD: Final = 3
"""Hops that a new line must last beyond its first before it counts: 43 ms in all. Grains and splashes do not."""

BEGINS: Final = 4.0
"""Prominence of a line that may begin: 17 dB of power. Noise has none such: it would be one bin in e^50."""

GOES_ON: Final = 3.0
"""Prominence of a line that goes on: 13 dB."""

_NEAR: Final = 0.035  # of log frequency in one hop: half a semitone
_LOWEST: Final = -7.5  # log amplitude of a line that is worth a slot
_STRONGER: Final = 1.4  # nepers by which a newcomer must top the weakest to take its slot


class Tracks:
    """The slots of one sound, told hop by hop. A slot changes its partial only through a silent hop."""

    def __init__(self, slots: int) -> None:
        self._log_hz = np.zeros(slots)
        self._level = np.full(slots, SILENT)

    def advance(self, ahead: Sequence[Peaks], caps: Sequence[float]) -> Float32:
        """The next hop from its peaks and those of AHEAD hops after it -> float32 [slots, 2].

        Log frequency and log amplitude of each slot; 0 and SILENT where there is none. ``caps``: log amplitude that a
        partial of each of these hops cannot surpass, as the hop has no more power than that.
        """
        log_hz, level = np.zeros_like(self._log_hz), np.full_like(self._level, SILENT)
        taken = np.zeros(len(ahead[0].log_hz), bool)
        busy = self._level > SILENT
        for slot in np.argsort(-self._level, kind="stable")[: int(busy.sum())]:
            found = _nearest(ahead[0], self._log_hz[slot], taken)
            if found >= 0:
                taken[found] = True
                log_hz[slot], level[slot] = ahead[0].log_hz[found], ahead[0].log_amplitude[found]
            elif (later := _nearest(ahead[1], self._log_hz[slot])) >= 0:  # one hop was missed
                log_hz[slot] = 0.5 * (self._log_hz[slot] + ahead[1].log_hz[later])
                level[slot] = 0.5 * (self._level[slot] + ahead[1].log_amplitude[later])
        self._begin(ahead, taken, busy, log_hz, level)
        level = np.minimum(level, caps[0])
        silent = level <= SILENT
        self._log_hz, self._level = np.where(silent, 0.0, log_hz), np.where(silent, SILENT, level)
        return np.stack([self._log_hz, self._level], axis=1).astype(np.float32)

    def _begin(
        self, ahead: Sequence[Peaks], taken: np.ndarray, busy: np.ndarray, log_hz: np.ndarray, level: np.ndarray
    ) -> None:
        """Give new lines to slots that were silent; a much stronger one silences the weakest, to follow it."""
        now = ahead[0]
        for peak in range(len(now.log_hz)):
            new = not taken[peak] and now.prominence[peak] >= BEGINS and now.log_amplitude[peak] > _LOWEST
            if not new or (np.abs(log_hz - now.log_hz[peak]) < 2 * _NEAR).any() or not _lasts(ahead, peak):
                continue
            free = np.flatnonzero(~busy)
            if len(free):
                slot = free[0]
                busy[slot] = True
                log_hz[slot], level[slot] = now.log_hz[peak], now.log_amplitude[peak]
                continue
            weakest = int(np.argmin(level))
            if level[weakest] > SILENT and now.log_amplitude[peak] > level[weakest] + _STRONGER:
                level[weakest] = SILENT
            return


def _nearest(peaks: Peaks, log_hz: float, taken: np.ndarray | None = None) -> int:
    """The peak nearest to a frequency, or -1 when none is near enough."""
    if len(peaks.log_hz) == 0:
        return -1
    distance = np.abs(peaks.log_hz - log_hz)
    if taken is not None:
        distance = np.where(taken, np.inf, distance)
    best = int(np.argmin(distance))
    return best if distance[best] < _NEAR else -1


def _lasts(ahead: Sequence[Peaks], peak: int) -> bool:
    log_hz = ahead[0].log_hz[peak]
    for later in ahead[1:]:
        found = _nearest(later, log_hz)
        if found < 0:
            return False
        log_hz = later.log_hz[found]
    return True
