"""What can be rendered, told apart by its name and brought to one form: commands, a length, and places to mark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import msgspec

from hobnail.commands import AnyCommand, TriggerEvent
from hobnail.errors import RenderError
from hobnail.host import Host
from hobnail.render.checks import timeline_warnings
from hobnail.render.plan import timeline_commands
from hobnail.render.reading import checked_timeline, read_timeline
from hobnail.render.timeline import Timeline, TimelineEvent
from hobnail.render.waves import Cue
from hobnail.stage import stable_seed
from hobnail.trace import Trace, TraceEvent, find_trace, packaged_scenes, trace_commands

Kind = Literal["timeline", "midi", "take", "trace", "video"]

ENDINGS: Final[dict[str, Kind]] = {
    ".toml": "timeline",
    ".json": "timeline",
    ".mid": "midi",
    ".midi": "midi",
    ".hobnail": "take",
    ".trace": "trace",
    **dict.fromkeys((".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v", ".mpg", ".mpeg", ".ogv", ".ts"), "video"),
}


@dataclass(frozen=True, slots=True)
class Score:
    """What is to be played."""

    kind: Kind
    commands: Sequence[AnyCommand]
    frames: int | None  #: None: until all is silent
    cues: Sequence[Cue] = ()
    events: int = 0  #: that begin
    timeline: Timeline | None = None  #: where the input is, or was made into, one
    warnings: tuple[str, ...] = ()
    title: str = ""


def kind_of(name: str) -> Kind:
    """The kind of an input by its name. Raises RenderError for an ending that is not known."""
    kind = ENDINGS.get(Path(name).suffix.lower())
    if kind is not None:
        return kind
    if name in packaged_scenes():
        return "trace"
    raise RenderError(
        f"{name}: the ending does not say what it is.",
        cure=f"Give a file that ends in {', '.join(sorted(ENDINGS))}, or a packaged scene"
        f" ({', '.join(packaged_scenes())}).",
    )


def timeline_score(timeline: Timeline, *, kind: Kind = "timeline", source: str = "timeline") -> Score:
    """A timeline as what is to be played. Raises RenderError when it cannot be."""
    checked_timeline(timeline, source=source)
    cues = [Cue(at=event.frame, name=_marked(event)) for event in timeline.events]
    cues += [Cue(at=round(marker.at_s * 48_000), name=marker.name) for marker in timeline.markers]
    commands = timeline_commands(timeline)
    return Score(
        kind=kind,
        commands=commands,
        frames=timeline.duration_frames,
        events=sum(isinstance(each, TriggerEvent) and each.action != "stop" for each in commands),
        cues=sorted(cues, key=lambda cue: cue.at),
        timeline=timeline,
        warnings=timeline_warnings(timeline),
        title=timeline.title,
    )


def _marked(event: TimelineEvent) -> str:
    return f"{event.emitter}: {event.name}{' stops' if event.action == 'stop' else ''}"


def trace_score(trace: Trace, seed: int | None = None) -> Score:
    """A scene trace as what is to be played. ``seed``: other takes of all its events."""
    commands = list(trace_commands(trace))
    if seed is not None:
        commands = [
            msgspec.structs.replace(each, seed=stable_seed(seed, each.emitter, each.seed or each.request or 0))
            if isinstance(each, TriggerEvent)
            else each
            for each in commands
        ]
    begun = [item for item in trace.items if isinstance(item, TraceEvent) and item.action != "stop"]
    return Score(
        kind="trace",
        commands=commands,
        frames=trace.header.duration_frames,
        events=len(begun),
        cues=[Cue(at=item.at, name=f"{item.emitter}: {item.name}") for item in begun],
        title=trace.header.title,
    )


def read_score(name: str, *, host: Host, engine: str, midi_map: Path | None = None, seed: int | None = None) -> Score:
    """A timeline, MIDI file or trace, read and checked. Raises RenderError, TraceError."""
    kind = kind_of(name)
    if kind == "trace":
        return trace_score(find_trace(name), seed)
    if kind == "midi":
        from hobnail.render.midi import read_midi

        timeline = read_midi(Path(name), host=host, engine=engine, map_path=midi_map)
    elif kind == "timeline":
        timeline = read_timeline(name)
    else:
        raise RenderError(f"{name}: a {kind} is not read here.", cure="Use hobnail.render.render().")
    if seed is not None:
        timeline = msgspec.structs.replace(timeline, seed=seed)
    return timeline_score(timeline, kind=kind, source=name)
