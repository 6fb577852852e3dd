"""Commands in any order in, commands due in time order out, clients in turn. Pure: no clock, no thread."""

from __future__ import annotations

import heapq
from collections import Counter, deque
from itertools import count

from hobnail.audio import RATE_HZ
from hobnail.commands import AnyCommand
from hobnail.errors import MessageError

HORIZON_S = 600
MAX_PENDING_PER_CLIENT = 8192

Due = tuple[int, AnyCommand]


class Scheduler:
    """Keeps commands until they are due. They come out by due frame, then in order of arrival.

    Of what is overdue, clients take turns: however much one of them has waiting, another's command is at most one
    round away. Each client's own order stays. [engine]
    """

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, AnyCommand]] = []
        self._arrivals = count()
        self._pending: Counter[int] = Counter()
        self._overdue: dict[int, deque[Due]] = {}  # by client; the first client is served next

    def __len__(self) -> int:
        return self._pending.total()

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
        if self._pending[command.client] >= MAX_PENDING_PER_CLIENT:
            raise MessageError(
                "busy",
                f"{MAX_PENDING_PER_CLIENT} commands of this client are waiting already.",
                cure="Send fewer at once, and schedule less far ahead.",
            )
        self._pending[command.client] += 1
        heapq.heappush(self._heap, (due_frame, next(self._arrivals), command))

    def due(self, now_frame: int, until_frame: int, limit: int) -> list[Due]:
        """Take up to ``limit`` commands: what is overdue, clients in turn, then what is due until ``until_frame``."""
        while self._heap and self._heap[0][0] <= now_frame:
            due_frame, _, command = heapq.heappop(self._heap)
            self._overdue.setdefault(command.client, deque()).append((due_frame, command))
        taken: list[Due] = []
        while self._overdue and len(taken) < limit:
            client = next(iter(self._overdue))
            queue = self._overdue.pop(client)
            taken.append(queue.popleft())
            if queue:
                self._overdue[client] = queue  # now the last in the round
        while self._heap and self._heap[0][0] <= until_frame and len(taken) < limit:
            due_frame, _, command = heapq.heappop(self._heap)
            taken.append((due_frame, command))
        self._pending.subtract(command.client for _, command in taken)
        return taken

    def next_due(self) -> int | None:
        """The frame of the next command, if one waits."""
        frames = [queue[0][0] for queue in self._overdue.values()]
        if self._heap:
            frames.append(self._heap[0][0])
        return min(frames, default=None)

    def forget(self, clients: range) -> None:
        """Drop what these clients have waiting."""
        self._heap = [entry for entry in self._heap if entry[2].client not in clients]
        heapq.heapify(self._heap)
        for client in [client for client in self._pending if client in clients]:
            self._overdue.pop(client, None)
            del self._pending[client]
