"""One sounding voice: what is remembered of it until it is over, where it came from, and what is said at its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from hobnail.audio import db_to_gain
from hobnail.commands import TriggerEvent
from hobnail.contracts import Engine, EventSpec, VoiceStart
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
    renderer: VoiceRenderer | None  #: None: it was not heard yet
    at_frame: int
    contact: Contact
    received_ns: int | None
    overrides: Mapping[str, float]  #: the opening event's own controls
    made_by: str  #: id of the engine that really made its beginning
    state: object = None
    sustained: bool = False
    wanted_frames: int = 0  #: how far ahead it is stepped: a one-shot follows nothing that would be worth haste
    early_frames: int = 0  #: and so much farther, along with others
    complete: bool = False  #: the engine has given its last block
    stopping_since: int | None = None
    fading: bool = False
    onset_frame: int | None = None
    onset_ns: int | None = None
    underrun_frames: int = 0
    gain: float = 1.0
    seed: int = 0
    asap: bool = False  #: it begins as soon as it can, not at a frame
    unborn: VoiceStart | None = None  #: it was never heard yet: what its engine is to be told when it is
    coming: bool = False  #: its engine is at its next block
    calls: bool = False  #: and calls when that is there
    rises: bool = False  #: it is heard again with that block
    resting: bool = False  #: faded out for want of room, to come back
    rested_at: int | None = None  #: session frame since which it is not heard

    @property
    def steady(self) -> bool:
        """Whether it sounds and is stepped again and again."""
        return self.sustained and self.renderer is not None and not self.complete and self.stopping_since is None

    @property
    def goes_on(self) -> bool:
        """Whether it is a sustained one that was neither stopped nor taken away; one that rests goes on, too."""
        return self.sustained and (self.resting or not self.fading) and self.stopping_since is None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a voice comes from: the event that opened it."""

    client: int
    request: int | None
    at_frame: int | None
    received_ns: int | None
    gain: float
    controls: Mapping[str, float]

    @staticmethod
    def of(event: TriggerEvent, at_frame: int | None) -> Origin:
        """Of an event that is meant for ``at_frame``; None: as soon as possible."""
        return Origin(
            client=event.client,
            request=event.request,
            at_frame=at_frame,
            received_ns=event.received_ns,
            gain=db_to_gain(event.gain_db),
            controls=event.controls,
        )


def ended_notice(voice: Voice, report: VoiceReport) -> VoiceEnded:
    """What is said of a voice that the mixer has ended."""
    stopped = voice.stopping_since is not None and report.reason == "finished"
    return over_notice(voice, "stopped" if stopped else cast(EndReason, report.reason))


def over_notice(voice: Voice, reason: EndReason) -> VoiceEnded:
    """What is said of a voice that is over."""
    return VoiceEnded(
        client=voice.client,
        request=voice.request,
        voice=voice.id,
        emitter=voice.presence.emitter.id,
        event=voice.event.name,
        engine=voice.made_by,
        reason=reason,
        at_frame=voice.at_frame,
        received_ns=voice.received_ns,
        onset_frame=voice.onset_frame,
        onset_ns=voice.onset_ns,
        underrun_frames=voice.underrun_frames,
    )
