"""Scene traces: what happened in a scene, written down once and replayed exactly."""

from hobnail.trace.codec import decode_trace, encode_trace
from hobnail.trace.commands import trace_commands
from hobnail.trace.files import DEMO_SCENE, find_trace, packaged_scene, packaged_scenes, read_trace, write_trace
from hobnail.trace.model import (
    FORMAT,
    VERSION,
    Trace,
    TraceControl,
    TraceEmitter,
    TraceEvent,
    TraceFrame,
    TraceHeader,
    TraceItem,
    TraceListener,
)
from hobnail.trace.pace import faster

__all__ = [
    "DEMO_SCENE",
    "FORMAT",
    "VERSION",
    "Trace",
    "TraceControl",
    "TraceEmitter",
    "TraceEvent",
    "TraceFrame",
    "TraceHeader",
    "TraceItem",
    "TraceListener",
    "decode_trace",
    "encode_trace",
    "faster",
    "find_trace",
    "packaged_scene",
    "packaged_scenes",
    "read_trace",
    "trace_commands",
    "write_trace",
]
