"""Writes ``tests/vectors/*.json``: the bytes that every client library of protocol 1 must make and understand.

Run it after a change of the protocol and read the difference: a line that changed breaks clients in the field.
``--check`` writes nothing and fails when the files are out of date.
"""

from __future__ import annotations

import json
import struct
import sys
from pathlib import Path

import msgpack
import msgspec
from generated import write_or_check

from hobnail.audio import Latency
from hobnail.contracts import ControlSpec, EngineSpec, EventSpec
from hobnail.errors import MessageError
from hobnail.protocol import (
    Ack,
    BusMessage,
    Bye,
    ClientMessage,
    ControlMessage,
    EmitterMessage,
    Ended,
    ErrorMessage,
    EventMessage,
    FrameMessage,
    Hello,
    LatencyMessage,
    ListenerMessage,
    PaletteMessage,
    PanicMessage,
    Ping,
    Pong,
    ServerMessage,
    TransportMessage,
    Welcome,
    decode_client,
    encode,
)
from hobnail.scene import Contact, EmitterSettings

FOLDER = Path(__file__).parent.parent / "tests" / "vectors"

ENGINE = EngineSpec(
    id="procedural",
    help="Rules that drive a synthesiser.",
    events=(
        EventSpec(name="impact", kind="one_shot"),
        EventSpec(name="roll", kind="sustained", help="Start and stop."),
    ),
    materials=("stone", "wood"),
    controls=("pitch",),
)
PITCH = ControlSpec(id="pitch", unit="semitones", minimum=-12.0, maximum=12.0, default=0.0)

CLIENT: dict[str, ClientMessage] = {
    "hello with defaults": Hello(v=1, client="my-game"),
    "hello from Unreal": Hello(
        v=1, id=1, client="unreal", units_per_metre=100.0, up="z", handedness="left", want=("voices",)
    ),
    "ping": Ping(v=1, t=123_456_789_012_345),
    "emitter created": EmitterMessage(
        v=1,
        id=2,
        seq=2,
        emitter="barrel",
        settings=EmitterSettings(
            prompt="an oak barrel",
            material="wood",
            mass_kg=30.0,
            size_m=0.9,
            gain_db=-3.0,
            position_m=(1.0, 0.0, -2.0),
            pan=None,
            bus="main",
            priority=60,
            shared=True,
            engine="procedural",
            seed=7,
            controls={"pitch": 0.5},
        ),
    ),
    "emitter updated": EmitterMessage(v=1, id=3, emitter="barrel", op="update", settings=EmitterSettings(gain_db=-6.0)),
    "emitter removed": EmitterMessage(v=1, id=4, emitter="barrel", op="remove"),
    "event at once": EventMessage(v=1, emitter="feet", name="footstep", contact=Contact(material="gravel")),
    "event at a frame, everything given": EventMessage(
        v=1,
        id=5,
        seq=9,
        at=48_000,
        emitter="barrel",
        name="impact",
        contact=Contact(
            material="stone",
            other="crate",
            speed_m_s=2.5,
            slip_m_s=0.25,
            impulse_n_s=12.0,
            mass_kg=30.0,
            size_m=0.9,
            intensity=0.75,
        ),
        controls={"pitch": 0.25},
        gain_db=-1.5,
        seed=42,
    ),
    "event that starts": EventMessage(v=1, id=6, emitter="barrel", name="roll", action="start"),
    "event that stops": EventMessage(v=1, id=7, emitter="barrel", name="roll", action="stop"),
    "frame with columns": FrameMessage(
        v=1,
        at=512,
        emitters=("barrel", "feet"),
        columns=("speed_m_s", "position_x_m", "position_y_m", "position_z_m"),
        data=struct.pack("<8f", 1.5, 1.0, 0.0, -2.0, float("nan"), 0.0, 0.0, 0.0),
    ),
    "frame with all columns": FrameMessage(
        v=1,
        emitters=("barrel",),
        data=struct.pack("<12f", 1.5, 0.0, 0.0, 0.5, 0.01, 0.9, 0.0, 1.0, 0.5, 1.0, 0.0, -2.0),
    ),
    "frame with named numbers": FrameMessage(v=1, values={"barrel": {"speed_m_s": 1.5, "slip_m_s": 0.5}}),
    "control, normalised": ControlMessage(v=1, control="pitch", emitter="barrel", value=0.75),
    "control, in its unit, of all emitters": ControlMessage(v=1, control="pitch", plain=-3.0),
    "listener": ListenerMessage(v=1, position=(0.0, 1.7, 0.0), forward=(0.0, 0.0, -1.0), up=(0.0, 1.0, 0.0)),
    "bus": BusMessage(v=1, id=8, bus="ambience", gain_db=-12.0),
    "palette": PaletteMessage(v=1, id=9, op="load", palette="wet-boots"),
    "transport": TransportMessage(v=1, id=10, op="play", position_s=1.5, tempo_bpm=120.0),
    "transport at a frame": TransportMessage(v=1, at=96_000, op="stop"),
    "transport that loops": TransportMessage(v=1, op="loop", loop_s=(1.0, 3.5)),
    "event at seconds of the timeline": EventMessage(v=1, id=12, emitter="feet", name="footstep", cue_s=2.25),
    "event at a beat of the timeline": EventMessage(v=1, emitter="feet", name="footstep", cue_beat=5.5),
    "panic": PanicMessage(v=1, id=11),
    "bye": Bye(v=1),
}

SERVER: dict[str, ServerMessage] = {
    "welcome": Welcome(
        v=1,
        id=1,
        client="unreal-2",
        frame=96_000,
        rate=48_000,
        hop=512,
        latency_mode="asap",
        latency=Latency(buffer_frames=64, model_frames=0, transport_frames=48, device_frames=512),
        engine="procedural",
        engines=(ENGINE,),
        controls=(PITCH,),
        buses=("main", "ambience"),
        audio_port=9711,
        telemetry_port=9712,
        heartbeat_s=1.0,
        timeout_s=3.0,
        version="0.1.0",
    ),
    "welcome, everything given": Welcome(
        v=1,
        client="game",
        frame=0,
        rate=48_000,
        hop=512,
        latency_mode="fixed",
        latency=Latency(buffer_frames=64, model_frames=480, transport_frames=48),
        engine="aht",
        engines=(
            EngineSpec(
                id="aht",
                help="A network.",
                events=(EventSpec(name="scrape", kind="sustained", help="Start and stop."),),
                materials=("stone",),
                controls=("mood",),
                step_frames=1024,
                model_latency_frames=480,
                states_once=True,
                palettes=True,
                together_frames=256,
                ring_lead_frames=4096,
            ),
        ),
        controls=(ControlSpec(id="mood", unit="", minimum=0.0, maximum=4.0, default=1.0, steps=5, help="Five moods."),),
        buses=("main",),
        audio_port=0,
        bounce_port=9714,
        telemetry_port=0,
        heartbeat_s=0.5,
        timeout_s=2.0,
        version="0.1.0",
    ),
    "pong": Pong(v=1, t=123_456_789_012_345, frame=96_512, ns=987_654_321),
    "ack": Ack(v=1, at=48_000, re=2),
    "ack of an event": Ack(v=1, at=48_000, re=5, voice=17),
    "ended": Ended(
        v=1,
        at=48_000,
        voice=17,
        emitter="barrel",
        event="impact",
        engine="procedural",
        reason="finished",
        re=5,
        received_ns=987_654_321,
        onset=48_010,
        onset_ns=987_954_321,
        underrun_frames=0,
    ),
    "latency": LatencyMessage(
        v=1, latency=Latency(buffer_frames=64, model_frames=192, transport_frames=48, device_frames=1024)
    ),
    "ended with gaps": Ended(
        v=1,
        at=48_000,
        voice=18,
        emitter="barrel",
        event="roll",
        engine="procedural",
        reason="stolen",
        underrun_frames=128,
    ),
    "error": ErrorMessage(
        v=1, code="unknown_emitter", path="$.emitter", problem="There is no emitter 'x'.", cure="Create it.", re=6
    ),
    "error that stands for many": ErrorMessage(
        v=1, code="rate_limited", path="$", problem="More than 200 events a second.", cure="Send less.", count=37
    ),
}

_EVENT = {"v": 1, "type": "event", "emitter": "a", "name": "impact"}
_NAN_INF = struct.pack("<f", float("inf"))

BROKEN: dict[str, bytes] = {
    "empty": b"",
    "truncated": encode(CLIENT["ping"])[:-1],
    "something after the map": encode(CLIENT["bye"]) + b"\x00",
    "not a map": msgpack.packb([1, 2, 3]),
    "a key twice": b"\x83\xa1v\x01\xa4type\xa3bye\xa1v\x01",
    "text that is not UTF-8": b"\x82\xa1v\x01\xa4type\xa1\xff",
    "another version": msgpack.packb({"v": 2, "type": "event"}),
    "no type": msgpack.packb({"v": 1}),
    "a type that there is not": msgpack.packb({"v": 1, "type": "dance"}),
    "a field missing": msgpack.packb({"v": 1, "type": "event", "emitter": "a"}),
    "a field misspelt": msgpack.packb({**_EVENT, "gain": 1.0}),
    "text for a number": msgpack.packb({**_EVENT, "gain_db": "loud"}),
    "a truth for a number": msgpack.packb({"v": 1, "type": "ping", "t": True}),
    "a fraction for a frame number": msgpack.packb({**_EVENT, "at": 1.5}),
    "not a number": msgpack.packb({**_EVENT, "gain_db": float("nan")}),
    "infinity in a contact": msgpack.packb({**_EVENT, "contact": {"speed_m_s": float("inf")}}),
    "infinity in a frame": msgpack.packb(
        {"v": 1, "type": "frame", "emitters": ["a"], "columns": ["size_m"], "data": _NAN_INF}
    ),
    "too loud": msgpack.packb({**_EVENT, "gain_db": 24.5}),
    "an id too long": msgpack.packb({**_EVENT, "emitter": "x" * 65}),
    "a frame of the wrong size": msgpack.packb({"v": 1, "type": "frame", "emitters": ["a"], "data": b"1234"}),
    "a control with two values": msgpack.packb(
        {"v": 1, "type": "control", "control": "pitch", "value": 0.5, "plain": 1.0}
    ),
    "a word that is not allowed": msgpack.packb({**_EVENT, "action": "throw"}),
}


def _message(message: ClientMessage | ServerMessage) -> dict[str, object]:
    """The map as JSON can say it: bytes as {"hex": ...}."""
    fields = msgspec.msgpack.decode(encode(message))
    return {key: {"hex": value.hex()} if isinstance(value, bytes) else value for key, value in fields.items()}


def _error(data: bytes) -> dict[str, str]:
    try:
        decode_client(data)
    except MessageError as error:
        return {"code": error.code, "path": error.path}
    raise AssertionError(f"{data!r} is not broken")


def vectors() -> dict[str, str]:
    """File name -> text."""
    files = {
        "client.json": [{"name": n, "message": _message(m), "hex": encode(m).hex()} for n, m in CLIENT.items()],
        "server.json": [{"name": n, "message": _message(m), "hex": encode(m).hex()} for n, m in SERVER.items()],
        "broken.json": [{"name": name, "hex": data.hex(), "error": _error(data)} for name, data in BROKEN.items()],
    }
    return {name: json.dumps(rows, indent=2, ensure_ascii=False) + "\n" for name, rows in files.items()}


if __name__ == "__main__":
    sys.exit(write_or_check(FOLDER, vectors(), __doc__))
