"""A trace as the commands of a session, each with its frame: what the offline render is fed with."""

from __future__ import annotations

from collections.abc import Iterator

from hobnail.commands import AnyCommand, PutEmitter, SetControl, SetFeatures, SetListener, TriggerEvent
from hobnail.trace.model import Trace, TraceControl, TraceEvent, TraceFrame, TraceItem, TraceListener


def trace_commands(trace: Trace) -> Iterator[AnyCommand]:
    """The emitters at frame 0, then every item at its own frame, in order."""
    for emitter in trace.emitters:
        yield PutEmitter(emitter=emitter.id, settings=emitter.settings, at_frame=0)
    for number, item in enumerate(trace.items):
        yield _command(item, trace.header.columns, number)


def _command(item: TraceItem, columns: tuple[str, ...], number: int) -> AnyCommand:
    match item:
        case TraceEvent():
            return TriggerEvent(
                request=number,
                at_frame=item.at,
                emitter=item.emitter,
                name=item.name,
                action=item.action,
                contact=item.contact,
                controls=item.controls,
                gain_db=item.gain_db,
                seed=item.seed,
            )
        case TraceFrame():
            emitters, values = item.matrix()
            return SetFeatures(at_frame=item.at, emitters=emitters, columns=columns, values=values.tobytes())
        case TraceControl():
            return SetControl(at_frame=item.at, emitter=item.emitter, control=item.control, value=item.value)
        case TraceListener():
            return SetListener(at_frame=item.at, pose=item.pose)
