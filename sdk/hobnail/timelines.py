"""The timelines of a session's clients: moved by commands, their cues handed out as events, takes chosen by place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import msgspec

from hobnail.audio import RATE_HZ
from hobnail.commands import MoveTransport, TriggerEvent
from hobnail.metrics import TimelineState
from hobnail.stage import Presence, stable_seed
from hobnail.transport import Transport

MOST_CUES: Final = 4_096
"""Of a client: all of them may come up in one turn of the engine thread."""


@dataclass(slots=True)
class _Kept:
    """One client's."""

    who: str
    transport: Transport[TriggerEvent] = field(default_factory=lambda: Transport(most_cues=MOST_CUES))
    sustained: dict[tuple[str, str], None] = field(default_factory=dict)  # (emitter, event) that cues have started


class Timelines:
    """One timeline a client, from the first time that it moves it. [engine]

    ``lead_frames``: how far ahead events are taken up, and so cues are handed out.
    """

    def __init__(self, lead_frames: int) -> None:
        self._lead = lead_frames
        self._kept: dict[int, _Kept] = {}

    def move(self, command: MoveTransport, now: int) -> tuple[int, list[TriggerEvent]]:
        """(frame at which it moves, what happens because of it, in order).

        Without ``at_frame`` that is as far ahead as cues have been handed out already; in the past, the playhead is
        where it had been by now. Raises MessageError and changes nothing for a place beyond a day.
        """
        kept = self._of(command.client)
        kept.who = command.who or kept.who
        transport = kept.transport
        frame = now + self._lead if command.at_frame is None else command.at_frame
        position = None if command.position_s is None else transport.frames(command.position_s, path="$.position_s")
        was_playing, expected = transport.line.playing, transport.line.position_at(frame)
        events = list(_due(kept, frame))
        if command.tempo_bpm is not None:
            transport.set_tempo(command.tempo_bpm)
        if command.op in ("play", "locate") and position is not None and position != expected:
            transport.locate(position, frame)
        match command.op:
            case "play":
                transport.play(frame)
            case "stop":
                transport.stop(frame)
            case "loop":
                start_s, end_s = command.loop_s or (0.0, 0.0)
                transport.set_loop(start_s, end_s, frame, "$.loop_s")
            case "clear":
                transport.clear_cues()
        transport.skip(now)
        jumped = transport.line.position_at(frame) != expected
        if was_playing and (jumped or not transport.line.playing):
            events += _stops(kept, command.client, frame)
        return frame, events

    def add(self, event: TriggerEvent) -> None:
        """Put an event with a cue on its client's timeline. Raises MessageError when there are too many."""
        assert event.cue is not None, "only cues wait on a timeline"
        path = "$.cue_beat" if event.cue.beats else "$.cue_s"
        waiting = msgspec.structs.replace(event, cue=None, request=None, received_ns=None)
        transport = self._of(event.client).transport
        transport.add_cue(event.cue.place, waiting, beats=event.cue.beats, path=path)

    def due(self, now: int) -> list[TriggerEvent]:
        """The cues that come up, each with its session frame."""
        return [event for kept in self._kept.values() for event in _due(kept, now + self._lead + 1)]

    def next_due(self) -> int | None:
        """The session frame at which to look again."""
        found = (kept.transport.next_due() for kept in self._kept.values())
        return min((frame for frame in found if frame is not None), default=None)

    def place(self, event: TriggerEvent) -> int | None:
        """Where on the timeline an event happens, in frames; None: the playhead stands, or the moment is open."""
        if event.place is not None:
            return event.place
        kept = self._kept.get(event.client)
        if kept is None or event.at_frame is None:
            return None
        line = kept.transport.line
        return line.position_at(event.at_frame) if line.playing and event.at_frame >= line.started else None

    def take_of(self, event: TriggerEvent, presence: Presence) -> tuple[int, bool]:
        """(seed of an event's take, whether any other of the emitter's takes would do as well).

        The seed that was given; else, where the timeline plays, that of the place: the same place is the same take.
        """
        emitter = presence.emitter
        if event.seed is not None:
            return event.seed, False
        place = self.place(event)
        if place is not None:
            return stable_seed(emitter.seed, f"{event.name} at {place}"), False
        return stable_seed(emitter.seed, presence.events), emitter.seed == stable_seed(emitter.id)

    def forget(self, clients: range) -> None:
        """These clients left."""
        self._kept = {client: kept for client, kept in self._kept.items() if client not in clients}

    def states(self, frame: int) -> list[TimelineState]:
        """Where every playhead is at a session frame."""
        return [_state(client, kept, frame) for client, kept in self._kept.items()]

    def _of(self, client: int) -> _Kept:
        return self._kept.setdefault(client, _Kept(who=f"client {client}"))


def _due(kept: _Kept, until: int) -> Iterator[TriggerEvent]:
    for frame, position, event in kept.transport.due(until):
        if event.action == "start":
            kept.sustained[event.emitter, event.name] = None
        elif event.action == "stop":
            kept.sustained.pop((event.emitter, event.name), None)
        yield msgspec.structs.replace(event, at_frame=frame, place=position)


def _stops(kept: _Kept, client: int, frame: int) -> list[TriggerEvent]:
    """Ends what cues have started: the playhead will not come to where they end."""
    running, kept.sustained = kept.sustained, {}
    return [
        TriggerEvent(client=client, emitter=emitter, name=name, action="stop", at_frame=frame)
        for emitter, name in running
    ]


def _state(client: int, kept: _Kept, frame: int) -> TimelineState:
    line = kept.transport.line
    loop = line.loop
    return TimelineState(
        who=kept.who,
        client=client,
        playing=line.playing,
        frame=frame,
        position_s=kept.transport.position_s(frame),
        tempo_bpm=kept.transport.tempo_bpm,
        loop_s=None if loop is None else (loop[0] / RATE_HZ, loop[1] / RATE_HZ),
        cues=kept.transport.cues,
    )
