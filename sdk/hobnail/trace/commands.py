"""A trace as the commands of a session, for rendering it offline."""

from __future__ import annotations

from collections.abc import Iterator

from hobnail.commands import AnyCommand, PutEmitter, SetControl, SetFeatures, SetListener, TriggerEvent
from hobnail.trace.model import Trace, TraceControl, TraceEvent, TraceFrame, TraceItem, TraceListener


def trace_commands(trace: Trace, start_frame: int = 0) -> Iterator[AnyCommand]:
    """The emitters at ``start_frame``, then every item at its own frame after it; in order of time."""
    for emitter in trace.emitters:
        yield PutEmitter(emitter=emitter.id, settings=emitter.settings, at_frame=start_frame)
    for number, item in enumerate(trace.items):
        yield _command(item, start_frame + item.at, number, trace.header.columns)


def _command(item: TraceItem, at_frame: int, number: int, columns: tuple[str, ...]) -> AnyCommand:
    match item:
        case TraceEvent():
            return TriggerEvent(
                request=number,
                at_frame=at_frame,
                emitter=item.emitter,
                name=item.name,
                action=item.action,
                contact=item.contact,
                controls=item.controls,
                gain_db=item.gain_db,
                seed=item.seed,
            )
        case TraceFrame():
            emitters, matrix = item.matrix()
            values = matrix.astype("<f4").tobytes()
            return SetFeatures(at_frame=at_frame, emitters=emitters, columns=columns, values=values)
        case TraceControl():
            return SetControl(at_frame=at_frame, control=item.control, value=item.value, emitter=item.emitter)
        case TraceListener():
            return SetListener(at_frame=at_frame, pose=item.pose)
