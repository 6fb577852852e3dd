"""When the sustained voices of one engine are stepped: all at once, or in two groups half a step apart. Pure.

A voice that is fed a step of ``period`` frames at a time is in need at one phase of that period for ever, so it stays
where it is until it is given half a step more, once.

::

    few     those within ``window`` of the first one go along with it; without more, three groups a third of a period
            apart would take turns for ever, each in a batch of its own
    many    | first half of the period | second half |   two batches, each half as long to wait for; they are kept as
            turn                                         large as each other
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class Beats:
    """Of one engine's voices. [engine]"""

    def __init__(self, period: int, window: int, most: int = 0) -> None:
        """``most``: voices of one batch; of more, there are two, until a quarter less are left. 0: always one."""
        self._period, self._window, self._most = period, window, most
        self._turn: int | None = None  # phase at which the first of two groups begins
        self._groups: dict[int, int] = {}
        self.longer: frozenset[int] = frozenset()  #: voices that should be given half a step more

    def tell(self, phases: Mapping[int, int]) -> None:
        """The phases, 0..period, at which voices are in need, by their numbers."""
        if self._turn is None and self._most and len(phases) > self._most:
            self._turn = emptiest(list(phases.values()), self._period // 2)
        elif len(phases) <= self._most - self._most // 4:
            self._turn = None
        if self._turn is None:
            found = astray(list(phases.values()), self._period, self._window)
            self._groups = dict.fromkeys(phases, 0)
            self.longer = frozenset(voice for voice, is_astray in zip(phases, found, strict=True) if is_astray)
            return
        self._groups = {voice: self._half(phase) for voice, phase in phases.items()}
        halves = [[voice for voice, group in self._groups.items() if group == half] for half in (0, 1)]
        less, more = sorted(halves, key=len)
        self.longer = frozenset(sorted(more)[: (len(more) - len(less)) // 2])

    def group(self, voice: int, phase: int) -> int:
        """The group that a voice is stepped with."""
        known = self._groups.get(voice)
        return known if known is not None else 0 if self._turn is None else self._half(phase)

    def _half(self, phase: int) -> int:
        assert self._turn is not None
        return int((phase - self._turn) % self._period >= self._period // 2)


def astray(phases: Sequence[int], period: int, window: int) -> list[bool]:
    """Of voices in need at these phases, 0..period: which of them are outside the ``window`` that holds the most.

    All of those that one window holds are on the beat; between equals the earliest window counts.
    """
    order = sorted(range(len(phases)), key=phases.__getitem__)
    round = [phases[index] for index in order]
    round += [phase + period for phase in round]
    best, most, last = 0, 0, 0
    for first in range(len(order)):
        while last < first + len(order) and round[last] < round[first] + window:
            last += 1
        if last - first > most:
            best, most = first, last - first
    found = [True] * len(phases)
    for place in range(best, best + most):
        found[order[place % len(order)]] = False
    return found


def emptiest(phases: Sequence[int], period: int) -> int:
    """The middle of the widest gap that phases leave, all of them taken within ``period``; 0 where there are none."""
    if not phases:
        return 0
    found = sorted({phase % period for phase in phases})
    gaps = [(after - before, before) for before, after in zip(found, [*found[1:], found[0] + period], strict=True)]
    gap, before = max(gaps)
    return (before + (gap + 1) // 2) % period
