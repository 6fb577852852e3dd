"""An immutable snapshot of how a session is doing, for telemetry, exporters and ``hobnail top``."""

from __future__ import annotations

from typing import Literal

import msgspec

from hobnail.audio import Latency
from hobnail.histogram import Bins, Percentiles


class Sizes(msgspec.Struct, frozen=True, kw_only=True):
    """How many voices an engine was given at once."""

    count: int = 0  #: calls
    mean: float = 0.0
    largest: int = 0
    usual: int = 0  #: the size that came most often


class SlowHop(msgspec.Struct, frozen=True, kw_only=True):
    """One of the slowest turns of the last minute."""

    ms: float
    at_frame: int  #: session clock
    voices: int  #: that engines stepped in it
    opened: int  #: voices that engines opened in it
    engine: str  #: the one that took longest
    engine_ms: float  #: of ``ms``, spent in engines; the rest is commands, synthesis and messages


class Sounding(msgspec.Struct, frozen=True, kw_only=True):
    """An emitter that sounds now."""

    emitter: str
    engine: str  #: of its newest voice
    event: str
    voices: int
    level_db: float  #: RMS of its last block after gain and distance, dBFS; -120 is silence
    figures: dict[str, float] = {}  #: what the engine tells of its newest voice


class TimelineState(msgspec.Struct, frozen=True, kw_only=True):
    """Where a client's playhead is. While it plays, it is ``position_s + (now - frame) / rate``, loops apart."""

    who: str  #: the client's name
    client: int
    playing: bool
    frame: int  #: session frame at which it is at ``position_s``
    position_s: float
    tempo_bpm: float
    loop_s: tuple[float, float] | None = None
    cues: int = 0


class Metrics(msgspec.Struct, frozen=True, kw_only=True):
    """How the session is doing. Counters and distributions run from its start."""

    frame: int = 0  #: session clock
    engine: str = ""
    voices: int = 0  #: sounding now
    voices_virtual: int = 0  #: sustained ones for which there is no room; they come back when there is
    emitters: int = 0
    events: int = 0
    events_late: int = 0  #: scheduled frame already past when they arrived
    refused: int = 0
    voices_stolen: int = 0
    voices_failed: int = 0
    underruns: int = 0  #: times a voice had no sound ready when it was mixed
    underrun_frames: int = 0
    late_blocks: int = 0  #: mixer blocks that began more than 5 ms late
    sink_overruns: int = 0  #: frames a sink or a tap did not take
    peak: float = 0.0  #: of the mix since the last snapshot, 1.0 = full scale
    engine_step: Percentiles = Percentiles()  #: every turn of the engine thread, idle ones too
    event_latency: Percentiles = Percentiles()  #: one-shots: border to first audible sample in the sink's buffer
    latency_mode: Literal["asap", "fixed"] = "asap"
    latency: Latency = Latency()  #: as clients are told it now
    hop: Percentiles = Percentiles()  #: turns in which an engine made sound, everything in them included
    hop_budget_ms: float = 0.0  #: the default engine's step: a hop that takes longer cannot be kept up with
    hops_over: int = 0  #: hops that took longer than their engine's step
    opening: Percentiles = Percentiles()  #: the default engine's ``start``, one voice
    opening_ms: float = 0.0  #: the same, median of the last 128
    transport_ms: float = 0.0  #: border to engine thread, median of the last 128 commands
    batch: Sizes = Sizes()
    overload: dict[str, int] = {}  #: step of the overload policy -> times it was taken
    hop_bins: Bins = ()  #: the whole distribution, for whoever wants the part since an earlier snapshot
    event_latency_bins: Bins = ()
    slow_hops: tuple[SlowHop, ...] = ()  #: slowest first
    sounding: tuple[Sounding, ...] = ()  #: loudest first, at most 32
    timelines: tuple[TimelineState, ...] = ()  #: of clients that have moved theirs
    engines: dict[str, dict[str, float]] = {}  #: engine -> its own figures, as its ``figures()`` names them
