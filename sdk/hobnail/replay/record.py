"""What a replay did and was told, event by event: the evidence that the report is made from."""

from __future__ import annotations

from pathlib import Path

import msgspec

from hobnail.audio import Latency
from hobnail.errors import TraceError
from hobnail.metrics import Metrics
from hobnail.notices import EndReason
from hobnail.scene import EventAction


class ReplayedEvent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One event of the trace: when it was sent, and what the server said about it."""

    at: int  #: frame in the trace
    emitter: str
    name: str
    action: EventAction
    sent_ns: int  #: monotonic clock just before it was handed to the socket
    scheduled: int | None = None  #: session frame asked for; None: at once
    acked_frame: int | None = None  #: session frame at which the server let it take effect
    voice: int | None = None
    engine: str = ""
    ended: EndReason | None = None
    received_ns: int | None = None  #: monotonic clock when it reached the server
    onset_frame: int | None = None  #: session frame of its first audible sample
    onset_ns: int | None = None  #: monotonic clock when that sample was in the sink's buffer
    underrun_frames: int = 0
    error: str = ""  #: why the server refused it

    @property
    def sounds(self) -> bool:
        """Whether something should be heard because of it; a stop only ends what sounds."""
        return self.action != "stop"


class PcmRecording(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The mix as this client received it over the wire."""

    path: str
    first_frame: int  #: session frame of the file's first sample
    frames: int
    missing_frames: int  #: never arrived; silence stands for them in the file


class ReplayRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole replay."""

    title: str
    address: str
    client: str
    server_version: str
    latency_mode: str
    latency: Latency
    duration_frames: int
    start_frame: int  #: session frame of the trace's frame 0
    start_ns: int  #: monotonic clock of the trace's frame 0
    schedule_ahead_ms: float | None  #: None: events were sent when they happened, without ``at``
    events: tuple[ReplayedEvent, ...]
    frames_sent: int
    frames_late: int  #: sent more than a tick late
    errors: tuple[str, ...] = ()  #: refusals of anything but events, and a recording that failed
    lost: str = ""  #: why the replay ended early; empty when it did not
    metrics: Metrics | None = None  #: the server's counters after the last event
    recording: PcmRecording | None = None


def write_record(record: ReplayRecord, path: Path | str) -> None:
    """Write a replay's record as JSON."""
    Path(path).write_bytes(msgspec.json.format(msgspec.json.encode(record), indent=1))


def read_record(path: Path | str) -> ReplayRecord:
    """Read a replay's record. Raises TraceError."""
    cure = "Replay the scene again: python -m hobnail.replay."
    try:
        return msgspec.json.decode(Path(path).read_bytes(), type=ReplayRecord)
    except OSError as error:
        raise TraceError(f"{path}: cannot be read: {error.strerror}.", cure=cure) from error
    except msgspec.DecodeError as error:
        raise TraceError(f"{path}: not a replay's record: {error}.", cure=cure) from error
