"""Protocol 1: every message on the control socket, as typed structs. This file is the schema.

A message is one ZeroMQ frame holding one MessagePack map. ``v`` is 1, ``type`` names the struct, ``id`` asks for an
answer (``re`` of ``ack`` and ``error``; ``welcome`` and ``pong`` repeat it), ``seq`` counts a client's messages, ``at``
is a session frame (without it: at once). Unknown fields are refused, so that a typing error is seen.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from hobnail.audio import Latency
from hobnail.commands import TransportOp
from hobnail.contracts import ControlSpec, EngineSpec
from hobnail.errors import ErrorCode
from hobnail.notices import EndReason
from hobnail.scene import Contact, EmitterSettings, EventAction, Vector

PROTOCOL: Final = 1
CONTROL_PORT: Final = 9710
AUDIO_PORT: Final = 9711
TELEMETRY_PORT: Final = 9712


class Message(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="type", forbid_unknown_fields=True, omit_defaults=True
):
    """Fields that every message has."""

    v: int
    id: int | None = None
    seq: int | None = None
    at: int | None = None


# --- from clients ---------------------------------------------------------------------------------------------------


class Hello(Message, frozen=True, kw_only=True, tag="hello"):
    """First message of a client. Answered by ``welcome``. A second one starts anew: former emitters go."""

    client: str  #: a name for people: "unity", "my-game"
    units_per_metre: float = 1.0  #: 100 for Unreal; applies to every quantity with a length in its unit
    up: Literal["y", "z"] = "y"
    handedness: Literal["right", "left"] = "right"
    want: tuple[Literal["voices"], ...] = ()  #: "voices": an ``ended`` for every own voice


class Ping(Message, frozen=True, kw_only=True, tag="ping"):
    """Ask for the clock; also keeps the client alive."""

    t: int  #: the client's own monotonic clock in ns, echoed


class EmitterMessage(Message, frozen=True, kw_only=True, tag="emitter"):
    """Create, update or remove a sounding thing."""

    emitter: str
    op: Literal["create", "update", "remove"] = "create"
    settings: EmitterSettings = EmitterSettings()


class EventMessage(Message, frozen=True, kw_only=True, tag="event"):
    """Something happens. With ``id`` the answer (``ack``) carries the voice."""

    emitter: str
    name: str
    action: EventAction = "trigger"
    contact: Contact = Contact()
    controls: dict[str, float] = {}
    gain_db: float = 0.0
    seed: int | None = None
    cue_s: float | None = None  #: instead of ``at``: at every pass of your timeline's playhead over these seconds ...
    cue_beat: float | None = None  #: ... or over this beat, which moves with the tempo


class FrameMessage(Message, frozen=True, kw_only=True, tag="frame"):
    """Frame features of any number of emitters, one message per game tick. Only the newest counts.

    Either ``emitters`` with ``data`` (float32 little-endian, one row per emitter, columns as ``columns`` or, without
    it, as the schema says), or ``values`` (emitter -> feature -> number) for small clients.
    """

    schema: Literal["scene/1"] = "scene/1"
    emitters: tuple[str, ...] = ()
    columns: tuple[str, ...] | None = None
    data: bytes = b""
    values: dict[str, dict[str, float]] | None = None


class ControlMessage(Message, frozen=True, kw_only=True, tag="control"):
    """Move one control. Exactly one of ``value`` (0..1) and ``plain`` (the control's unit) is given."""

    control: str
    emitter: str | None = None  #: None: all emitters of this client
    value: float | None = None
    plain: float | None = None


class ListenerMessage(Message, frozen=True, kw_only=True, tag="listener"):
    """Move the ears, in the client's own units and axes."""

    position: Vector
    forward: Vector
    up: Vector


class BusMessage(Message, frozen=True, kw_only=True, tag="bus"):
    """Set a bus's level."""

    bus: str
    gain_db: float


class PaletteMessage(Message, frozen=True, kw_only=True, tag="palette"):
    """Load or unload a palette; refused as ``unsupported`` by engines that have none."""

    op: Literal["load", "unload"]
    palette: str


class TransportMessage(Message, frozen=True, kw_only=True, tag="transport"):
    """Move your timeline, which lies on session frames: the clock itself never jumps. Each client has one.

    Events with `at` take their seed from where the playhead is at that frame, while it plays: the same place gives the
    same take. Everyone sees the playhead in the figures.
    """

    op: TransportOp  #: ``tempo`` and ``loop`` set only that, ``clear`` takes your cues away
    position_s: float | None = None  #: for play and locate; play without it goes on where the playhead is
    tempo_bpm: float | None = None  #: with any op; 120 at first
    loop_s: tuple[float, float] | None = None  #: for loop: start and end; without it, no loop any more


class PanicMessage(Message, frozen=True, kw_only=True, tag="panic"):
    """Silence everything now."""


class Bye(Message, frozen=True, kw_only=True, tag="bye"):
    """The client leaves; its voices fade, its emitters go."""


# --- from the server ------------------------------------------------------------------------------------------------


class Welcome(Message, frozen=True, kw_only=True, tag="welcome"):
    """Answer to ``hello``: who you are, the clock, and what the session can do."""

    client: str  #: your name, made unique
    frame: int  #: session clock now
    rate: int
    hop: int
    latency_mode: Literal["asap", "fixed"]
    latency: Latency
    engine: str
    engines: tuple[EngineSpec, ...]
    controls: tuple[ControlSpec, ...]
    buses: tuple[str, ...]
    audio_port: int  #: 0: no audio socket
    telemetry_port: int
    heartbeat_s: float  #: send something at least this often ...
    timeout_s: float  #: ... for after this much silence the server lets the client go
    version: str
    bounce_port: int = 0  #: where offline renders are asked for; 0: nowhere


class Pong(Message, frozen=True, kw_only=True, tag="pong"):
    """Answer to ``ping``: ``frame`` was due at the moment this was written."""

    t: int
    frame: int
    ns: int  #: the server's monotonic clock


class Ack(Message, frozen=True, kw_only=True, tag="ack"):
    """A message with an ``id`` took effect; ``at`` is the frame."""

    re: int
    voice: int | None = None


class Ended(Message, frozen=True, kw_only=True, tag="ended"):
    """A voice is over. ``at`` is the frame it was scheduled for."""

    voice: int
    emitter: str
    event: str
    engine: str
    reason: EndReason
    re: int | None = None  #: ``id`` of the event that began it
    received_ns: int | None = None
    onset: int | None = None  #: session frame of its first audible sample
    onset_ns: int | None = None  #: server's monotonic clock when that sample was in the sink's buffer
    underrun_frames: int = 0


class LatencyMessage(Message, frozen=True, kw_only=True, tag="latency"):
    """The session's latency is no longer what ``welcome`` said: a sound card came or went, an engine was swapped."""

    latency: Latency


class ErrorMessage(Message, frozen=True, kw_only=True, tag="error"):
    """A message was refused: why, where in it, and the cure. ``count`` > 1 stands for that many alike."""

    code: ErrorCode
    path: str
    problem: str
    cure: str = ""
    re: int | None = None
    count: int = 1


ClientMessage = (
    Hello
    | Ping
    | EmitterMessage
    | EventMessage
    | FrameMessage
    | ControlMessage
    | ListenerMessage
    | BusMessage
    | PaletteMessage
    | TransportMessage
    | PanicMessage
    | Bye
)
ServerMessage = Welcome | Pong | Ack | Ended | LatencyMessage | ErrorMessage
