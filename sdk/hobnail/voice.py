"""One sounding voice: what is remembered of it until it is over, where it came from, and what is said at its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from hobnail.contracts import Engine, EventSpec
from hobnail.notices import EndReason, VoiceEnded
from hobnail.scene import Contact
from hobnail.stage import Presence
from hobnail_native import VoiceRenderer, VoiceReport


@dataclass(slots=True)
class Voice:
    """One sounding voice and all that is remembered of it until it is over."""

    id: int
    client: int
    request: int | None
    presence: Presence
    event: EventSpec
    engine: Engine
    renderer: VoiceRenderer
    at_frame: int
    contact: Contact
    received_ns: int | None
    overrides: Mapping[str, float]  #: the opening event's own controls
    made_by: str  #: id of the engine that really made its beginning
    state: object = None
    sustained: bool = False
    complete: bool = False  #: the engine has given its last block
    stopping_since: int | None = None
    fading: bool = False
    onset_frame: int | None = None
    onset_ns: int | None = None
    underrun_frames: int = 0


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a voice comes from: the event that opened it."""

    client: int
    request: int | None
    at_frame: int | None
    received_ns: int | None
    gain: float
    controls: Mapping[str, float]


def ended_notice(voice: Voice, report: VoiceReport) -> VoiceEnded:
    """What is said of a voice that the mixer has ended."""
    stopped = voice.stopping_since is not None and report.reason == "finished"
    return VoiceEnded(
        client=voice.client,
        request=voice.request,
        voice=voice.id,
        emitter=voice.presence.emitter.id,
        event=voice.event.name,
        engine=voice.made_by,
        reason="stopped" if stopped else cast(EndReason, report.reason),
        at_frame=voice.at_frame,
        received_ns=voice.received_ns,
        onset_frame=voice.onset_frame,
        onset_ns=voice.onset_ns,
        underrun_frames=voice.underrun_frames,
    )
