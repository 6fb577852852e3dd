"""Commands in any order in, commands due in time order out. Pure: no clock, no thread."""

from __future__ import annotations

import heapq
from itertools import count

from hobnail.audio import RATE_HZ
from hobnail.commands import AnyCommand
from hobnail.errors import MessageError

HORIZON_S = 600
MAX_PENDING = 20_000


class Scheduler:
    """A queue ordered by due frame; commands due at the same frame keep their order of arrival. [engine]"""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, AnyCommand]] = []
        self._arrivals = count()

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, command: AnyCommand, due_frame: int, now_frame: int) -> None:
        """Keep a command until it is due. Raises MessageError when it lies too far ahead or too many wait."""
        ahead_s = (due_frame - now_frame) / RATE_HZ
        if ahead_s > HORIZON_S:
            raise MessageError(
                "out_of_range",
                f"Frame {due_frame} lies {ahead_s:.0f} s ahead; at most {HORIZON_S} s can be scheduled.",
                path="$.at",
                cure="Send it later; ask for the clock with 'ping'.",
            )
        if len(self._heap) >= MAX_PENDING:
            raise MessageError(
                "busy", f"{MAX_PENDING} commands are waiting for their frame already.", cure="Schedule less far ahead."
            )
        heapq.heappush(self._heap, (due_frame, next(self._arrivals), command))

    def due(self, until_frame: int, limit: int) -> list[tuple[int, AnyCommand]]:
        """Take up to ``limit`` commands due before or at ``until_frame``, oldest first, as (due frame, command)."""
        taken: list[tuple[int, AnyCommand]] = []
        while self._heap and len(taken) < limit and self._heap[0][0] <= until_frame:
            due_frame, _, command = heapq.heappop(self._heap)
            taken.append((due_frame, command))
        return taken

    def next_due(self) -> int | None:
        """The frame of the next command, if one waits."""
        return self._heap[0][0] if self._heap else None

    def forget(self, clients: range) -> int:
        """Drop what these clients scheduled; returns how many commands."""
        kept = [entry for entry in self._heap if entry[2].client not in clients]
        dropped = len(self._heap) - len(kept)
        heapq.heapify(kept)
        self._heap = kept
        return dropped
