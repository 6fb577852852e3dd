"""Who shares a step: batches side by side where a graph plays, pieces of one batch where the native pass does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from hobnail_native import Team
from hobnail_plugins.aht.lanes import Lanes
from hobnail_plugins.aht.slab import SIZES
from hobnail_plugins.aht.voice import Voice

SHARED: Final = 8
"""Voices from which on two workers share a step: below, handing over costs what it saves."""


class Threads:
    """The threads of one model. [engine], but for :meth:`share_out`."""

    def __init__(self, workers: int) -> None:
        self._one_lane, self._alone = Lanes(1), Team(helped=False)
        self._lanes, self._team = self._one_lane, self._alone
        self.share_out(workers)

    def share_out(self, workers: int) -> None:
        """[control] Before anything sounds: how many threads a step has."""
        if workers != self._lanes.count:
            self._lanes, self._team = Lanes(workers), Team(helped=workers > 1)

    @property
    def helped(self) -> int:
        """[any] Pieces of steps that the second thread took, so far, where the native pass plays."""
        return self._team.helped

    def lanes(self, *, native: bool) -> Lanes:
        """Batches that may run side by side; the native pass shares one batch instead."""
        return self._one_lane if native else self._lanes

    def team(self, voices: Sequence[Voice]) -> Team:
        """Who shares the work of sustained voices; a second side's thread works beside the first one's, alone."""
        first = voices[0]
        return self._team if first.sustained and first.side == 0 and len(voices) >= SHARED else self._alone


def most_of(voices: int, lanes: Lanes) -> int:
    """Voices of one batch: where there are two lanes, many voices are shared out."""
    shared = lanes.count > 1 and voices >= SHARED
    return min(SIZES[-1], -(-voices // lanes.count)) if shared else SIZES[-1]
