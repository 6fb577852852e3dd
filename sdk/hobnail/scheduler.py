"""Commands in any order in, commands due in time order out; a client that floods waits for itself. Pure."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from itertools import count

import msgspec
import numpy as np

from hobnail.audio import RATE_HZ
from hobnail.commands import AnyCommand, ClientLeft, Panic, PutEmitter, SetFeatures, TriggerEvent
from hobnail.errors import MessageError
from hobnail.scene import IMPULSE

HORIZON_S = 600
MAX_PENDING_PER_CLIENT = 8192
MAX_PENDING_BYTES_PER_CLIENT = 8 << 20  # frames for a thousand emitters, scheduled far ahead, would fill the memory
BACKLOG_FRAMES = 128  # 2.7 ms: a command that is this late shows that more comes in than can be done

Due = tuple[int, AnyCommand]


@dataclass(slots=True, order=True)
class _Entry:
    """A command that waits. Ordered by when it is due, then by arrival."""

    due_frame: int
    arrival: int
    command: AnyCommand = field(compare=False)


class Scheduler:
    """Keeps commands until they are due. They come out by due frame, then in order of arrival.

    While there is a backlog, clients take turns instead: however much one of them has waiting, another's command is
    at most one round away. Each client's own order always stays. Frames that wait are overtaken by the same client's
    next ones: features are only ever worth their newest value. [engine]
    """

    def __init__(self) -> None:
        self._queues: dict[int, list[_Entry]] = {}  # a heap per client, in order of turns
        self._newest: dict[int, _Entry] = {}  # per client what it sent last, if frames that still wait
        self._bytes: dict[int, int] = {}  # per client, about as much memory as its commands take
        self._arrivals = count()

    def __len__(self) -> int:
        return sum(map(len, self._queues.values()))

    def add(self, command: AnyCommand, due_frame: int, now_frame: int) -> None:
        """Keep a command until it is due. Raises MessageError when it lies too far ahead or too many wait.

        What ends sound or gives room back at once is taken however many wait.
        """
        ahead_s = (due_frame - now_frame) / RATE_HZ
        if ahead_s > HORIZON_S:
            raise MessageError(
                "out_of_range",
                f"Frame {due_frame} lies {ahead_s:.0f} s ahead; at most {HORIZON_S} s can be scheduled.",
                path="$.at",
                cure="Send it later; ask for the clock with 'ping'.",
            )
        if self._overtakes(command):
            return
        waiting, held = len(self._queues.get(command.client, ())), self._bytes.get(command.client, 0)
        needed = _bytes_of(command)
        full = waiting >= MAX_PENDING_PER_CLIENT or held + needed > MAX_PENDING_BYTES_PER_CLIENT
        if full and not (isinstance(command, Panic | ClientLeft) and due_frame <= now_frame):
            raise MessageError(
                "busy",
                f"{waiting} commands of this client, about {held >> 10} KiB, are waiting already.",
                cure="Send fewer at once, and schedule less far ahead.",
            )
        self._bytes[command.client] = held + needed
        entry = _Entry(due_frame, next(self._arrivals), command)
        heapq.heappush(self._queues.setdefault(command.client, []), entry)
        if isinstance(command, SetFeatures) and command.at_frame is None:
            self._newest[command.client] = entry
        else:
            self._newest.pop(command.client, None)

    def due(self, now_frame: int, until_frame: int, limit: int) -> list[Due]:
        """Take up to ``limit`` commands that are due before or at ``until_frame``."""
        taken: list[Due] = []
        while len(taken) < limit:
            ready = [client for client, queue in self._queues.items() if queue[0].due_frame <= until_frame]
            if not ready:
                break
            earliest = min(ready, key=lambda client: self._queues[client][0])
            backlog = self._queues[earliest][0].due_frame < now_frame - BACKLOG_FRAMES
            taken.append(self._take(ready[0] if backlog else earliest))
        return taken

    def next_due(self) -> int | None:
        """The frame of the next command, if one waits."""
        return min((queue[0].due_frame for queue in self._queues.values()), default=None)

    def forget(self, clients: range) -> None:
        """Drop what these clients have waiting."""
        self._queues = {client: queue for client, queue in self._queues.items() if client not in clients}
        self._bytes = {client: held for client, held in self._bytes.items() if client not in clients}
        self._newest = {client: entry for client, entry in self._newest.items() if client not in clients}

    def _overtakes(self, command: AnyCommand) -> bool:
        """Whether the command has taken the place of the one before it, which says nothing more."""
        entry = self._newest.get(command.client)
        if entry is None or not isinstance(command, SetFeatures) or command.at_frame is not None:
            return False
        before = entry.command
        if not isinstance(before, SetFeatures) or before.request is not None:
            return False
        if (before.emitters, before.columns) != (command.emitters, command.columns):
            return False
        if np.isnan(np.frombuffer(command.values, np.float32)).any():  # what it does not know, the other did
            return False
        entry.command = _with_blows_of(before, command)
        return True

    def _take(self, client: int) -> Due:
        queue = self._queues.pop(client)
        entry = heapq.heappop(queue)
        due_frame, command = entry.due_frame, entry.command
        if self._newest.get(client) is entry:
            del self._newest[client]
        if queue:
            self._queues[client] = queue  # now the last in the round
            self._bytes[client] -= _bytes_of(command)
        else:
            del self._bytes[client]
        return due_frame, command


def _bytes_of(command: AnyCommand) -> int:
    """About how much memory a command holds while it waits."""
    extra = 0
    match command:
        case SetFeatures():
            extra = len(command.values) + 100 * len(command.emitters)
        case TriggerEvent():
            extra = 150 * len(command.controls)
        case PutEmitter():
            controls = command.settings.controls
            extra = 150 * len(controls) if isinstance(controls, dict) else 0
    return 512 + extra


def _with_blows_of(before: SetFeatures, after: SetFeatures) -> SetFeatures:
    """``after``, which takes the place of ``before``: an impulse is no state but happened, so both count."""
    if IMPULSE not in before.columns:
        return after
    column, shape = before.columns.index(IMPULSE), (len(before.emitters), len(before.columns))
    blows = np.frombuffer(before.values, np.float32).reshape(shape)[:, column]
    blows = np.nan_to_num(blows, nan=0.0)
    if not blows.any():
        return after
    values = np.frombuffer(after.values, np.float32).reshape(shape).copy()
    values[:, column] += blows
    return msgspec.structs.replace(after, values=values.tobytes())
