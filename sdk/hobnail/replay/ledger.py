"""Who asked what, and what was answered: joins sent events with the server's answers. Pure, no sockets."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from hobnail.protocol.messages import Ack, Ended, ErrorMessage
from hobnail.replay.record import ReplayedEvent


class Ledger:
    """Every event that was sent, by the request number it was sent under. [one thread]"""

    def __init__(self) -> None:
        self._events: dict[int, ReplayedEvent] = {}
        self._requests: dict[int, int] = {}
        self._errors: list[str] = []

    def sent(self, request: int, event: ReplayedEvent) -> None:
        """Note an event at the moment it was sent."""
        self._events[request] = event

    def take(self, answers: Sequence[Ack | Ended | ErrorMessage]) -> None:
        """Lay the server's answers beside the events that they belong to."""
        for answer in answers:
            request = self._request_of(answer)
            event = self._events.get(request) if request is not None else None
            if request is None or event is None:
                if isinstance(answer, ErrorMessage):
                    self._errors.append(_sentence(answer))
            else:
                self._events[request] = _updated(event, answer)

    def outstanding(self) -> int:
        """Events that were neither refused nor, if they sound, reported as over."""
        return sum(
            not event.error and (event.acked_frame is None or (event.sounds and event.ended is None))
            for event in self._events.values()
        )

    def events(self) -> tuple[ReplayedEvent, ...]:
        """All events in the order in which they were sent."""
        return tuple(self._events.values())

    def errors(self) -> tuple[str, ...]:
        """Refusals that belong to no event."""
        return tuple(self._errors)

    def _request_of(self, answer: Ack | Ended | ErrorMessage) -> int | None:
        if isinstance(answer, Ack) and answer.voice is not None:
            self._requests.setdefault(answer.voice, answer.re)  # a stop's answer names the voice that start opened
        if isinstance(answer, Ended) and answer.re is None:
            return self._requests.get(answer.voice)
        return answer.re


def _updated(event: ReplayedEvent, answer: Ack | Ended | ErrorMessage) -> ReplayedEvent:
    match answer:
        case Ack():
            return replace(event, acked_frame=answer.at, voice=answer.voice)
        case Ended():
            return replace(
                event,
                voice=answer.voice,
                engine=answer.engine,
                ended=answer.reason,
                received_ns=answer.received_ns,
                onset_frame=answer.onset,
                onset_ns=answer.onset_ns,
                underrun_frames=answer.underrun_frames,
            )
        case ErrorMessage():
            return replace(event, error=_sentence(answer))


def _sentence(error: ErrorMessage) -> str:
    times = f" ({error.count} times)" if error.count > 1 else ""
    return f"{error.code} at {error.path}: {error.problem} {error.cure}".strip() + times
