"""Offline rendering: timelines, MIDI files, recorded sessions, traces and films into sound, the same every time."""

from hobnail.render.chain import Chain, read_chain
from hobnail.render.inputs import Score, timeline_score, trace_score
from hobnail.render.instrument import HobnailInstrument
from hobnail.render.job import Rendered, Wanted, render_score
from hobnail.render.performance import Performance, perform
from hobnail.render.plan import timeline_commands
from hobnail.render.reading import parse_timeline, read_timeline, write_timeline
from hobnail.render.run import render
from hobnail.render.timeline import (
    BusLevel,
    Curve,
    ListenerMove,
    Marker,
    PromptRange,
    Timeline,
    TimelineEvent,
)

__all__ = [
    "BusLevel",
    "Chain",
    "Curve",
    "HobnailInstrument",
    "ListenerMove",
    "Marker",
    "Performance",
    "PromptRange",
    "Rendered",
    "Score",
    "Timeline",
    "TimelineEvent",
    "Wanted",
    "parse_timeline",
    "perform",
    "read_chain",
    "read_timeline",
    "render",
    "render_score",
    "timeline_commands",
    "timeline_score",
    "trace_score",
    "write_timeline",
]
