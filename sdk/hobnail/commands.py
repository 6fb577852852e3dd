"""What a session can be told, as tagged frozen values: the one language that every bridge translates into.

Commands are validated and in canonical units; the session trusts their types and checks only what it alone knows
(whether the emitter exists, who owns it, what the engine can sound).
"""

from __future__ import annotations

from typing import Literal

import msgspec

from hobnail.scene import Contact, EmitterSettings, EventAction, Pose

TransportOp = Literal["play", "stop", "locate", "loop", "tempo", "clear"]

LOCAL_CLIENT = 0
"""The program that embeds the session; bridges number their clients from 1."""


class Command(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", omit_defaults=True):
    """Fields that every command has."""

    client: int = LOCAL_CLIENT
    request: int | None = None  #: the sender's own number for this message, echoed in the answer
    at_frame: int | None = None  #: session frame at which it takes effect; None: at once
    received_ns: int | None = None  #: monotonic clock when it crossed the border; fixed latency counts from here


class PutEmitter(Command, frozen=True, kw_only=True, tag="put_emitter"):
    """Create an emitter, or update it when ``create`` is false."""

    emitter: str
    settings: EmitterSettings = EmitterSettings()
    create: bool = True


class RemoveEmitter(Command, frozen=True, kw_only=True, tag="remove_emitter"):
    """Fade an emitter's voices out and forget it."""

    emitter: str


class Cue(msgspec.Struct, frozen=True):
    """A place on a client's timeline."""

    place: float
    beats: bool = False  #: whether the place is counted in beats, else in seconds


class TriggerEvent(Command, frozen=True, kw_only=True, tag="event"):
    """Something happens at a moment; ``start`` opens a sustained voice, ``stop`` ends it."""

    emitter: str
    name: str
    action: EventAction = "trigger"
    contact: Contact = Contact()
    controls: dict[str, float] = {}  #: for this event only, normalised 0..1
    gain_db: float = 0.0
    seed: int | None = None
    cue: Cue | None = None  #: where it waits on the client's timeline; it then happens at every pass
    place: int | None = None  #: frames of a timeline: its take goes by them; None: by the client's own, if it plays


class SetFeatures(Command, frozen=True, kw_only=True, tag="features"):
    """Newest frame features of some emitters. NaN means unknown."""

    emitters: tuple[str, ...]
    columns: tuple[str, ...]
    values: bytes  #: float32 little-endian [emitters, columns], row-major


class SetControl(Command, frozen=True, kw_only=True, tag="control"):
    """Move one control of one emitter, or of all the client's emitters when ``emitter`` is None."""

    control: str
    value: float  #: normalised 0..1
    emitter: str | None = None


class SetListener(Command, frozen=True, kw_only=True, tag="listener"):
    """Move the ears."""

    pose: Pose


class SetBusGain(Command, frozen=True, kw_only=True, tag="bus"):
    """Set a bus's level."""

    bus: str
    gain_db: float


class Panic(Command, frozen=True, kw_only=True, tag="panic"):
    """Silence every voice with a 5 ms fade, whoever started it."""


class ClientLeft(Command, frozen=True, kw_only=True, tag="client_left"):
    """A client said goodbye or fell silent: its voices fade, its emitters go."""

    count: int = (
        1  #: clients ``client .. client + count - 1`` left together, as when a bridge is lost: these never come back
    )


class ChangePalette(Command, frozen=True, kw_only=True, tag="palette"):
    """Load a palette (or a whole model) of the default engine by name, or unload one; answered when it is done."""

    op: Literal["load", "unload"]
    palette: str


class MoveTransport(Command, frozen=True, kw_only=True, tag="transport"):
    """Move the client's timeline, which lies on session frames: the session's clock itself never jumps.

    ``play`` goes on where the playhead is, or from ``position_s``; ``locate`` puts it there; ``loop`` plays
    ``loop_s`` again and again (None: straight on); ``tempo`` only sets it, as every other op may; ``clear`` takes the
    cues away. Without ``at_frame`` it takes effect as soon as cues can be kept exact.
    """

    op: TransportOp
    position_s: float | None = None
    tempo_bpm: float | None = None
    loop_s: tuple[float, float] | None = None
    who: str = ""  #: the client's name, for those who watch


class SetTap(Command, frozen=True, kw_only=True, tag="tap"):
    """Route a topic (``mix``, or an emitter's id; None: nothing) into audio tap number ``tap``."""

    tap: int
    topic: str | None


AnyCommand = (
    PutEmitter
    | RemoveEmitter
    | TriggerEvent
    | SetFeatures
    | SetControl
    | SetListener
    | SetBusGain
    | Panic
    | ClientLeft
    | ChangePalette
    | MoveTransport
    | SetTap
)

_encoder = msgspec.msgpack.Encoder()


def packed(command: AnyCommand) -> bytes:
    """A command as it travels between processes: MessagePack, fields in the order of their declaration."""
    return _encoder.encode(command)
