"""Peaks of successive hops to partials: each slot follows one line for as long as it lasts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

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
        self._log_hz = [0.0] * slots
        self._level = [SILENT] * slots

    def advance(self, ahead: Sequence[Peaks], cap: float) -> list[tuple[float, float]]:
        """The next hop from its peaks and those of AHEAD hops after it.

        Log frequency and log amplitude of each slot; 0 and SILENT where there is none. ``cap``: log amplitude that a
        partial of this hop cannot surpass, as the hop has no more power than that.
        """
        slots = range(len(self._level))
        log_hz, level = [0.0] * len(slots), [SILENT] * len(slots)
        taken = [False] * len(ahead[0].log_hz)
        busy = [each > SILENT for each in self._level]
        for slot in sorted(slots, key=lambda slot: -self._level[slot])[: sum(busy)]:
            found = _nearest(ahead[0], self._log_hz[slot], taken)
            if found >= 0:
                taken[found] = True
                log_hz[slot], level[slot] = ahead[0].log_hz[found], ahead[0].log_amplitude[found]
            elif (later := _nearest(ahead[1], self._log_hz[slot])) >= 0:  # one hop was missed
                log_hz[slot] = 0.5 * (self._log_hz[slot] + ahead[1].log_hz[later])
                level[slot] = 0.5 * (self._level[slot] + ahead[1].log_amplitude[later])
        self._begin(ahead, taken, busy, log_hz, level)
        level = [min(each, cap) for each in level]
        self._log_hz = [hz if each > SILENT else 0.0 for hz, each in zip(log_hz, level, strict=True)]
        self._level = [max(each, SILENT) for each in level]
        return list(zip(self._log_hz, self._level, strict=True))

    def _begin(
        self, ahead: Sequence[Peaks], taken: list[bool], busy: list[bool], log_hz: list[float], level: list[float]
    ) -> None:
        """Give new lines to slots that were silent; a much stronger one silences the weakest, to follow it."""
        now = ahead[0]
        for peak, (hz, height) in enumerate(zip(now.log_hz, now.log_amplitude, strict=True)):
            new = not taken[peak] and now.prominence[peak] >= BEGINS and height > _LOWEST
            if not new or any(abs(each - hz) < 2 * _NEAR for each in log_hz) or not _lasts(ahead, peak):
                continue
            if False in busy:
                slot = busy.index(False)
                busy[slot] = True
                log_hz[slot], level[slot] = hz, height
                continue
            weakest = level.index(min(level))
            if level[weakest] > SILENT and height > level[weakest] + _STRONGER:
                level[weakest] = SILENT
            return


def _nearest(peaks: Peaks, log_hz: float, taken: Sequence[bool] = ()) -> int:
    """The peak nearest to a frequency, or -1 when none is near enough."""
    best, nearest = -1, _NEAR
    for place, each in enumerate(peaks.log_hz):
        distance = abs(each - log_hz)
        if distance < nearest and not (taken and taken[place]):
            best, nearest = place, distance
    return best


def _lasts(ahead: Sequence[Peaks], peak: int) -> bool:
    log_hz = ahead[0].log_hz[peak]
    for later in ahead[1:]:
        found = _nearest(later, log_hz)
        if found < 0:
            return False
        log_hz = later.log_hz[found]
    return True
