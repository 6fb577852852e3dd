"""What a session says back, as tagged frozen values. Bridges turn them into replies, errors and telemetry."""

from __future__ import annotations

from typing import Literal

import msgspec

from hobnail.audio import Latency
from hobnail.errors import ErrorCode, MessageError
from hobnail.metrics import Metrics

EndReason = Literal["finished", "stopped", "stolen", "panic", "removed", "failed"]


class Accepted(msgspec.Struct, frozen=True, kw_only=True, tag_field="say", tag="accepted"):
    """A command took effect; an event's answer carries its voice."""

    client: int
    request: int | None
    at_frame: int  #: the frame at which it takes, or took, effect
    voice: int | None = None


class Refused(msgspec.Struct, frozen=True, kw_only=True, tag_field="say", tag="refused"):
    """A command was refused; nothing else was touched."""

    client: int
    request: int | None
    code: ErrorCode
    path: str
    problem: str
    cure: str = ""

    @staticmethod
    def of(client: int, request: int | None, error: MessageError) -> Refused:
        """The answer to a command that raised this."""
        return Refused(
            client=client, request=request, code=error.code, path=error.path, problem=error.problem, cure=error.cure
        )


class VoiceEnded(msgspec.Struct, frozen=True, kw_only=True, tag_field="say", tag="ended"):
    """A voice is over. ``onset_*`` tell where and when its first audible sample was mixed, if it ever sounded."""

    client: int
    request: int | None
    voice: int
    emitter: str
    event: str
    engine: str
    reason: EndReason
    at_frame: int  #: the frame it was scheduled for
    received_ns: int | None = None  #: monotonic clock when the event crossed the border
    onset_frame: int | None = None  #: session frame of the first sample above -80 dBFS
    onset_ns: int | None = None  #: monotonic clock when that sample was in the sink's buffer
    underrun_frames: int = 0


class MetricsNotice(msgspec.Struct, frozen=True, kw_only=True, tag_field="say", tag="metrics"):
    """A fresh snapshot, a few times a second."""

    metrics: Metrics


class LatencyNotice(msgspec.Struct, frozen=True, kw_only=True, tag_field="say", tag="latency"):
    """The session's latency has changed; every client is told."""

    latency: Latency


AnyNotice = Accepted | Refused | VoiceEnded | MetricsNotice | LatencyNotice
"""Of these, the first three are for one client, the others for everyone."""
