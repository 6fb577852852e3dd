"""The report of one replay, as it is written to ``report.json``. docs/demo.md defines every figure."""

from __future__ import annotations

from pathlib import Path

import msgspec

from hobnail.report.figures import Spread
from hobnail.report.levels import Levels
from hobnail.report.usage import Usage
from hobnail.scene import EventAction


class EventLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One event that should sound, and what became of it."""

    at_s: float  #: in the scene
    emitter: str
    name: str
    action: EventAction
    material: str
    engine: str
    latency_ms: float | None  #: wire to buffer
    onset_error_ms: float | None  #: later (+) or earlier (-) than expected
    clear: bool  #: nothing else begins or runs around it, by the trace alone
    verified: bool  #: found in the recording: it rises, or it matches
    rises: bool  #: the recording's energy rises at its onset
    matches: bool | None  #: the voice's own samples are in the recording, at their place; None: nobody kept them
    fault: str = ""  #: why it was not heard


class EventCounts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What became of the events."""

    sent: int  #: all events, stops included
    sounding: int  #: those that should be heard: triggers and starts
    heard: int  #: of these, with an onset reported by the session
    missed: int  #: of these, with none
    refused: int
    verified: int  #: heard, and found in the recording
    rises: int  #: of these, those where the recording's energy rises
    matches: int  #: of these, those whose own samples are found
    kept: int  #: of the heard, those whose samples were kept, to be looked for
    clear: int  #: of the sounding, those that stand alone in the trace
    clear_verified: int
    chance_share: float | None  #: of random moments at which nothing begins or runs: at how many energy rises as well
    chance_matches: int | None  #: of the kept: how many are "found" 150 ms before their place, where they are not


class Goal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A figure beside its floor."""

    name: str
    wanted: str
    found: str
    met: bool


class DemoReport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that was measured."""

    format: str = "hobnail-report"
    version: int = 1
    scene: str
    server_version: str
    seconds: float
    latency_mode: str
    schedule_ahead_ms: float | None
    engines: dict[str, int]  #: engine -> events that it sounded
    counts: EventCounts
    onset_error: Spread | None  #: absolute values
    wire_to_buffer: Spread | None
    jitter_ms: float | None  #: p99 - p50 of wire_to_buffer
    frames_sent: int
    frames_late: int
    underruns: int
    underrun_frames: int
    late_blocks: int
    events_late: int
    voices_stolen: int
    voices_failed: int
    sink_overruns: int
    usage: Usage | None
    levels: Levels | None
    clicks_s: tuple[float, ...]  #: times in the recording
    goals: tuple[Goal, ...]
    events: tuple[EventLine, ...]
    faults: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether every goal was met."""
        return all(goal.met for goal in self.goals)


def write_report(report: DemoReport, path: Path | str) -> None:
    """Write ``report.json``."""
    Path(path).write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n")


def read_report(path: Path | str) -> DemoReport:
    """Read a report back."""
    return msgspec.json.decode(Path(path).read_bytes(), type=DemoReport)
