"""Messages to commands and notices to replies; pure functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from hobnail.commands import (
    AnyCommand,
    ChangePalette,
    Cue,
    MoveTransport,
    Panic,
    PutEmitter,
    RemoveEmitter,
    SetBusGain,
    SetControl,
    SetFeatures,
    SetListener,
    TriggerEvent,
)
from hobnail.contracts import SessionInfo
from hobnail.errors import MessageError
from hobnail.notices import Accepted, Refused, VoiceEnded
from hobnail.protocol import (
    PROTOCOL,
    Ack,
    BusMessage,
    ClientMessage,
    ControlMessage,
    EmitterMessage,
    Ended,
    ErrorMessage,
    EventMessage,
    FrameMessage,
    Hello,
    ListenerMessage,
    PaletteMessage,
    PanicMessage,
    TransportMessage,
    Welcome,
)
from hobnail.scene import SCENE_FEATURES, Pose
from hobnail_bridges.zmq.units import Units, matrix_of


class Sender(msgspec.Struct, frozen=True):
    """Who sent a message, when it came, and what the session can do."""

    client: int
    units: Units
    info: SessionInfo
    received_ns: int
    name: str = ""  #: as its welcome said

    def envelope(self, message: ClientMessage) -> dict[str, Any]:
        """The fields that every command has."""
        return {
            "client": self.client,
            "request": message.id,
            "at_frame": message.at,
            "received_ns": self.received_ns,
        }


def to_command(message: ClientMessage, sender: Sender) -> AnyCommand:
    """A client's message in canonical units, or :class:`MessageError`; ``hello``, ``ping``, ``bye`` have no command."""
    return _COMMANDS[type(message)](message, sender)


def _emitter(message: EmitterMessage, sender: Sender) -> AnyCommand:
    if message.op == "remove":
        return RemoveEmitter(**sender.envelope(message), emitter=message.emitter)
    return PutEmitter(
        **sender.envelope(message),
        emitter=message.emitter,
        settings=sender.units.settings(message.settings),
        create=message.op == "create",
    )


def _event(message: EventMessage, sender: Sender) -> AnyCommand:
    return TriggerEvent(
        **sender.envelope(message),
        emitter=message.emitter,
        name=message.name,
        action=message.action,
        contact=sender.units.contact(message.contact),
        controls=message.controls,
        gain_db=message.gain_db,
        seed=message.seed,
        cue=_cue(message),
    )


def _cue(message: EventMessage) -> Cue | None:
    if message.cue_beat is not None:
        return Cue(message.cue_beat, beats=True)
    return None if message.cue_s is None else Cue(message.cue_s)


def _frame(message: FrameMessage, sender: Sender) -> AnyCommand:
    if message.values is not None:
        emitters = tuple(message.values)
        columns, data = matrix_of(message.values)
    else:
        emitters, columns, data = message.emitters, message.columns or SCENE_FEATURES, message.data
    columns, data = sender.units.features(columns, data)
    return SetFeatures(**sender.envelope(message), emitters=emitters, columns=columns, values=data)


def _control(message: ControlMessage, sender: Sender) -> AnyCommand:
    value = message.value if message.plain is None else _normalised(message.control, message.plain, sender.info)
    if value is None:
        raise AssertionError("the protocol's checks let a control message without a value pass")
    return SetControl(**sender.envelope(message), control=message.control, value=value, emitter=message.emitter)


def _normalised(control: str, plain: float, info: SessionInfo) -> float:
    spec = next((spec for spec in info.controls if spec.id == control), None)
    if spec is None:
        cure = f"Controls are: {', '.join(spec.id for spec in info.controls)}."
        raise MessageError("unknown_control", f"There is no control {control!r}.", path="$.control", cure=cure)
    if not spec.minimum <= plain <= spec.maximum:
        cure = f"Send {spec.minimum:g} to {spec.maximum:g} {spec.unit}."
        raise MessageError("out_of_range", f"{plain:g} is out of the range of {control!r}.", path="$.plain", cure=cure)
    return spec.normalised(plain)


def _listener(message: ListenerMessage, sender: Sender) -> AnyCommand:
    units = sender.units
    pose = Pose(
        position_m=units.point(message.position),
        forward=units.direction(message.forward),
        up=units.direction(message.up),
    )
    return SetListener(**sender.envelope(message), pose=pose)


def _bus(message: BusMessage, sender: Sender) -> AnyCommand:
    return SetBusGain(**sender.envelope(message), bus=message.bus, gain_db=message.gain_db)


def _panic(message: PanicMessage, sender: Sender) -> AnyCommand:
    return Panic(**sender.envelope(message))


def _palette(message: PaletteMessage, sender: Sender) -> AnyCommand:
    if any(spec.id == sender.info.engine and spec.palettes for spec in sender.info.engines):
        return ChangePalette(**sender.envelope(message), op=message.op, palette=message.palette)
    problem = f"The engine {sender.info.engine!r} has no palettes."
    raise MessageError(
        "unsupported", problem, path="$.type", cure="Shape the sound with prompt, material and controls."
    )


def _transport(message: TransportMessage, sender: Sender) -> AnyCommand:
    return MoveTransport(
        **sender.envelope(message),
        op=message.op,
        position_s=message.position_s,
        tempo_bpm=message.tempo_bpm,
        loop_s=message.loop_s,
        who=sender.name,
    )


_COMMANDS: Final[dict[type, Callable[[Any, Sender], AnyCommand]]] = {
    EmitterMessage: _emitter,
    EventMessage: _event,
    FrameMessage: _frame,
    ControlMessage: _control,
    ListenerMessage: _listener,
    BusMessage: _bus,
    PanicMessage: _panic,
    PaletteMessage: _palette,
    TransportMessage: _transport,
}


# --- from the session ------------------------------------------------------------------------------------------------


def welcome(
    info: SessionInfo,
    hello: Hello,
    *,
    client: str,
    frame: int,
    ports: tuple[int, int, int],
    times_s: tuple[float, float],
) -> Welcome:
    """What a new client is told. ``ports``: audio, telemetry, bounce; ``times_s``: heartbeat, timeout."""
    return Welcome(
        v=PROTOCOL,
        id=hello.id,
        client=client,
        frame=frame,
        rate=info.rate_hz,
        hop=info.hop_frames,
        latency_mode=info.latency_mode,
        latency=info.latency,
        engine=info.engine,
        engines=info.engines,
        controls=info.controls,
        buses=info.buses,
        audio_port=ports[0],
        telemetry_port=ports[1],
        heartbeat_s=times_s[0],
        timeout_s=times_s[1],
        version=info.version,
        bounce_port=ports[2],
    )


def to_ended(notice: VoiceEnded) -> Ended:
    """The end of a voice, for its client and for telemetry."""
    return Ended(
        v=PROTOCOL,
        at=notice.at_frame,
        voice=notice.voice,
        emitter=notice.emitter,
        event=notice.event,
        engine=notice.engine,
        reason=notice.reason,
        re=notice.request,
        received_ns=notice.received_ns,
        onset=notice.onset_frame,
        onset_ns=notice.onset_ns,
        underrun_frames=notice.underrun_frames,
    )


def to_ack(notice: Accepted) -> Ack | None:
    """The answer to a message that asked for one."""
    if notice.request is None:
        return None
    return Ack(v=PROTOCOL, re=notice.request, at=notice.at_frame, voice=notice.voice)


def to_error(notice: Refused) -> ErrorMessage:
    """A refusal by the session."""
    return ErrorMessage(
        v=PROTOCOL,
        code=notice.code,
        path=notice.path,
        problem=notice.problem,
        cure=notice.cure,
        re=notice.request,
    )


def fault(error: MessageError, request: int | None) -> ErrorMessage:
    """A refusal at the door."""
    return ErrorMessage(
        v=PROTOCOL, code=error.code, path=error.path, problem=error.problem, cure=error.cure, re=request
    )
