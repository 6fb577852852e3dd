"""A session that renders as far as everything is known makes the same sound as one that knows all from the start."""

import struct
import time

import numpy as np
import pytest
import zmq

from hobnail import OfflineSession
from hobnail.assembly import prepared_engines, session_info
from hobnail.audio import Latency
from hobnail.commands import PutEmitter, SetControl, TriggerEvent
from hobnail.config import Config
from hobnail.host import Host
from hobnail.protocol import ControlMessage, EmitterMessage, EventMessage, Hello, decode_server, encode
from hobnail.render import read_timeline
from hobnail.scene import Contact, EmitterSettings
from hobnail_bridges.bounce.guest import Guest
from hobnail_bridges.bounce.hall import Hall, HallOrders
from hobnail_bridges.bounce.score import write_score

from .playing import rendered

SETTINGS = EmitterSettings(prompt="leather boots", pan=0.0, seed=3, controls={"pitch": 0.5})
STEPS = [(4_800, "footstep", "gravel", 11), (9_000, "footstep", "gravel", 12), (9_100, "impact", "metal", 13)]
MOVES = [(frame, 0.5 + frame / 96_000) for frame in range(0, 30_000, 512)]
FRAMES = 36_000


@pytest.fixture(scope="module")
def host():
    return Host.discovered()


@pytest.fixture(scope="module")
def info(host):
    engines = prepared_engines(host, Config())
    return session_info(Config().session, engines, host.controls(), taps=0, latency=Latency())


def messages():
    """(frame, message), in time."""
    told = [(at, ControlMessage(v=1, control="texture", value=value, emitter="it", at=at)) for at, value in MOVES]
    for at, name, material, seed in STEPS:
        contact = Contact(material=material, intensity=0.7)
        told.append((at, EventMessage(v=1, emitter="it", name=name, contact=contact, seed=seed, at=at)))
    rain = Contact(intensity=0.5)
    told.append((12_000, EventMessage(v=1, emitter="it", name="rain", action="start", contact=rain, seed=9, at=12_000)))
    told.append((20_001, EventMessage(v=1, emitter="it", name="rain", action="stop", at=20_001)))
    return sorted(told, key=lambda pair: pair[0])


def whole(host):
    """The same, known from the start."""
    commands = [PutEmitter(emitter="it", settings=SETTINGS, at_frame=0)]
    for at, message in messages():
        if isinstance(message, ControlMessage):
            commands.append(SetControl(emitter="it", control="texture", value=message.value, at_frame=at))
        else:
            commands.append(
                TriggerEvent(
                    emitter="it",
                    name=message.name,
                    action=message.action,
                    contact=message.contact,
                    seed=message.seed,
                    at_frame=at,
                )
            )
    return np.concatenate(list(OfflineSession(host=host).render(commands, FRAMES)))


@pytest.mark.parametrize("step", [64, 333, 1_024, 36_000])
def test_told_as_it_goes_it_renders_the_same_bits(host, info, step):
    guest = Guest(Hello(v=1, client="daw"), Config(), host, info)
    guest.take(encode(EmitterMessage(v=1, emitter="it", settings=SETTINGS)))
    told, out, known = messages(), [], 0
    while known < FRAMES:
        known += step
        while told and told[0][0] < known:
            assert guest.take(encode(told.pop(0)[1])) is None
        first, sound = guest.advance(known)
        assert first == sum(map(len, out))
        out.append(np.frombuffer(sound, "<f4").reshape(-1, 2))
    sound = np.concatenate(out)
    assert len(sound) >= FRAMES - 1_024 - 255
    assert np.abs(sound).max() > 0.1
    np.testing.assert_array_equal(sound, whole(host)[: len(sound)])


def test_what_a_bounce_was_told_is_a_timeline_that_renders_the_same_bits(host, info, tmp_path):
    guest = Guest(Hello(v=1, client="daw"), Config(), host, info)
    guest.take(encode(EmitterMessage(v=1, emitter="it", settings=SETTINGS)))
    for _, message in messages():
        guest.take(encode(message))
    _, sound = guest.advance(FRAMES)
    path = write_score(guest.commands, guest.frame, tmp_path)
    assert len(read_timeline(path).events) == len(STEPS) + 2
    np.testing.assert_array_equal(rendered(path, tmp_path), np.frombuffer(sound, "<f4").reshape(-1, 2))


def test_a_hall_tells_what_is_wrong_and_goes_on(host, info):
    hall = Hall(HallOrders(config=Config(), info=info), host)
    (answer,) = hall.take(b"one", [b"advance", struct.pack("<q", 4_096)])
    assert decode_server(answer[0]).code == "not_greeted"
    (welcome,) = hall.take(b"one", [encode(Hello(v=1, client="daw"))])
    assert decode_server(welcome[0]).rate == 48_000
    (fault,) = hall.take(b"one", [b"\x81"])
    assert decode_server(fault[0]).code == "malformed"
    hall.take(b"one", [encode(EventMessage(v=1, emitter="nobody", name="footstep", at=0))])
    refusal, sound = hall.take(b"one", [b"advance", struct.pack("<q", 4_096)])
    assert decode_server(refusal[0]).code == "unknown_emitter"
    assert sound[0] == b"sound"
    assert len(sound[2]) == 8 * 3_072


def room_of(server, context):
    """A socket to a room that the server opened, which has been greeted."""
    door, room = context.socket(zmq.DEALER), context.socket(zmq.DEALER)
    for socket in (door, room):
        socket.linger, socket.rcvtimeo = 0, 60_000
    door.connect(server.addresses["zmq"]["bounce"])
    door.send(b"room")
    room.connect(f"tcp://127.0.0.1:{int(door.recv())}")
    door.close()
    room.send(encode(Hello(v=1, client="daw")))
    return room


def test_a_real_server_sends_a_client_to_a_room(server):
    context = zmq.Context()
    try:
        room = room_of(server, context)
        assert decode_server(room.recv()).engine == "procedural"
        room.send_multipart([b"advance", struct.pack("<q", 2_048)])
        kind, first, sound = room.recv_multipart()
        assert (kind, struct.unpack("<q", first), len(sound)) == (b"sound", (0,), 8 * 1_024)
    finally:
        context.destroy(linger=0)


def test_a_host_that_ends_without_a_word_leaves_what_it_told(server, scores):
    before = set(scores.glob("bounce-*.json"))
    context = zmq.Context()
    try:
        room = room_of(server, context)
        room.recv()
        room.send(encode(EmitterMessage(v=1, emitter="it", settings=SETTINGS)))
        room.send(encode(EventMessage(v=1, emitter="it", name="footstep", seed=77_001, at=64)))
        room.send_multipart([b"advance", struct.pack("<q", 4_096)])
        room.recv_multipart()
    finally:
        context.destroy(linger=0)  # no bye
    deadline = time.monotonic() + 60
    while not (found := set(scores.glob("bounce-*.json")) - before):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert [event.seed for event in read_timeline(found.pop()).events] == [77_001]
