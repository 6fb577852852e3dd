"""Which voices are stepped at another moment than most, and never meet them by themselves. Pure.

A voice that is fed a step of ``period`` frames at a time is in need at one phase of that period for ever. Those within
``window`` of the first one go along with it. Three groups a third of a period apart would take turns for ever, each in
a batch of its own: the last one is in need when the first is not yet, and so round.
"""

from __future__ import annotations

from collections.abc import Sequence


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
