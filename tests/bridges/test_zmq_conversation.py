"""What clients and the ZeroMQ bridge say to each other, over real sockets."""

import struct

import pytest

from hobnail.commands import (
    ClientLeft,
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
from hobnail.protocol import Ack, Ended, ErrorMessage, Pong, Welcome
from hobnail.testing import check_bridge
from hobnail_bridges.zmq.server import ZmqBridge
from hobnail_native import monotonic_ns

from .conftest import FREE_PORTS


def test_the_bridge_keeps_its_contract():
    check_bridge(lambda: ZmqBridge(FREE_PORTS))


def test_hello_is_answered_with_what_the_session_can_do(house):
    welcome = house.peer().greet("unity", units_per_metre=100.0)
    assert isinstance(welcome, Welcome)
    assert welcome.client == "unity"
    assert (welcome.rate, welcome.hop, welcome.heartbeat_s, welcome.timeout_s) == (48_000, 512, 1.0, 3.0)
    assert [control.id for control in welcome.controls] == ["intensity", "pitch"]
    assert house.addresses["audio"].endswith(f":{welcome.audio_port}")
    assert house.addresses["telemetry"].endswith(f":{welcome.telemetry_port}")


def test_a_message_before_hello_is_told_to_greet(house):
    peer = house.peer()
    peer.send({"type": "panic", "id": 7})
    error = peer.receive()
    assert (error.code, error.re) == ("not_greeted", 7)
    assert "hello" in error.cure
    assert house.port.commands == ()


def test_two_clients_of_one_name_get_two_names(house):
    first, second, third = (house.peer().greet("game").client for _ in range(3))
    assert (first, second, third) == ("game", "game-2", "game-3")


def test_a_second_hello_starts_anew_under_the_same_name(house):
    peer = house.peer()
    peer.greet("game")
    peer.send({"type": "emitter", "id": 1, "emitter": "a"})
    assert isinstance(peer.receive(), Ack)
    assert peer.greet("game").client == "game"
    peer.send({"type": "emitter", "id": 1, "emitter": "a"})
    peer.until(Ack)
    before, after = house.port.of(PutEmitter)
    assert house.port.of(ClientLeft) == [ClientLeft(client=before.client)]
    assert after.client != before.client


def test_pong_tells_frame_and_nanoseconds_of_one_moment(house):
    peer = house.peer()
    peer.greet()
    before = monotonic_ns()
    peer.send({"type": "ping", "t": -5, "id": 3})
    pong = peer.receive()
    after = monotonic_ns()
    assert isinstance(pong, Pong)
    assert (pong.t, pong.id) == (-5, 3)
    assert before <= pong.ns <= after
    frame, due_ns = house.port.now()
    assert abs(pong.frame - (frame + (pong.ns - due_ns) * 48 / 1e6)) <= 1


def test_an_event_reaches_the_session_and_its_voice_comes_back(house):
    peer = house.peer()
    peer.greet(want=("voices",))
    peer.send({"type": "emitter", "emitter": "barrel"})
    before = monotonic_ns()
    contact = {"material": "wood", "speed_m_s": 2}
    peer.send({"type": "event", "id": 9, "at": 480, "emitter": "barrel", "name": "impact", "contact": contact})
    ack = peer.until(Ack)
    assert (ack.re, ack.voice, ack.at) == (9, 1, 480)
    ended = peer.until(Ended)
    assert (ended.re, ended.voice, ended.reason) == (9, 1, "finished")
    (event,) = house.port.of(TriggerEvent)
    assert (event.request, event.at_frame, event.contact.speed_m_s) == (9, 480, 2.0)
    assert before <= event.received_ns <= monotonic_ns()


def test_a_client_that_does_not_want_voices_is_not_told_of_them(house):
    peer = house.peer()
    peer.greet()
    peer.send({"type": "emitter", "emitter": "a"})
    peer.send({"type": "event", "id": 1, "emitter": "a", "name": "impact"})
    assert isinstance(peer.receive(), Ack)
    peer.send({"type": "ping", "t": 1})
    assert isinstance(peer.receive(), Pong)


def test_a_refusal_by_the_session_carries_its_request_and_cure(house):
    peer = house.peer()
    peer.greet()
    peer.send({"type": "event", "id": 4, "emitter": "ghost", "name": "impact"})
    error = peer.receive()
    assert isinstance(error, ErrorMessage)
    assert (error.code, error.re, error.path, error.cure) == ("unknown_emitter", 4, "$.emitter", "Create it first.")


def test_every_kind_of_message_becomes_its_command(house):
    peer = house.peer()
    welcome = peer.greet()
    peer.send({"type": "emitter", "emitter": "a", "settings": {"prompt": "boots"}})
    peer.send({"type": "emitter", "op": "update", "emitter": "a", "settings": {"gain_db": -6}})
    peer.send({"type": "frame", "emitters": ["a"], "columns": ["speed_m_s"], "data": struct.pack("<f", 1.5)})
    peer.send({"type": "control", "control": "pitch", "value": 0.25})
    peer.send({"type": "control", "control": "pitch", "emitter": "a", "plain": 6})
    peer.send({"type": "listener", "position": [0, 1, 0], "forward": [0, 0, -1], "up": [0, 1, 0]})
    peer.send({"type": "bus", "bus": "main", "gain_db": -3})
    peer.send({"type": "transport", "op": "loop", "loop_s": [1, 2.5], "tempo_bpm": 90, "at": 480})
    peer.send({"type": "event", "emitter": "a", "name": "impact", "cue_beat": 3})
    peer.send({"type": "panic"})
    peer.send({"type": "emitter", "op": "remove", "emitter": "a"})
    peer.send({"type": "bye", "id": 5})
    assert peer.until(Ack).re == 5
    commands = house.port.commands
    assert [type(command) for command in commands] == [
        PutEmitter,
        PutEmitter,
        SetFeatures,
        SetControl,
        SetControl,
        SetListener,
        SetBusGain,
        MoveTransport,
        TriggerEvent,
        Panic,
        RemoveEmitter,
        ClientLeft,
    ]
    moved, cue = commands[7:9]
    assert (moved.op, moved.loop_s, moved.tempo_bpm, moved.at_frame) == ("loop", (1.0, 2.5), 90.0, 480)
    assert moved.who == welcome.client
    assert cue.cue == Cue(3.0, beats=True)
    assert commands[1].create is False
    assert commands[4].value == pytest.approx(0.75)
    assert struct.unpack("<f", commands[2].values) == (1.5,)


def test_what_is_not_offered_is_refused_with_a_cure(house):
    peer = house.peer()
    peer.greet()
    peer.send({"type": "palette", "op": "load", "palette": "wet", "id": 2})
    error = peer.receive()
    assert (error.code, error.re) == ("unsupported", 2)
    assert error.cure


@pytest.mark.parametrize(
    ("message", "code", "path"),
    [
        ({"control": "wobble", "plain": 1.0}, "unknown_control", "$.control"),
        ({"control": "pitch", "plain": 13.0}, "out_of_range", "$.plain"),
    ],
)
def test_a_plain_control_is_checked_against_its_range(house, message, code, path):
    peer = house.peer()
    peer.greet()
    peer.send({"type": "control", **message})
    error = peer.receive()
    assert (error.code, error.path) == (code, path)


def test_lengths_and_axes_of_unreal_arrive_in_metres(house):
    peer = house.peer()
    peer.greet("unreal", units_per_metre=100.0, up="z", handedness="left")
    peer.send({"type": "emitter", "emitter": "a", "settings": {"position_m": [300, 200, 100], "size_m": 50}})
    peer.send({"type": "event", "id": 1, "emitter": "a", "name": "impact", "contact": {"speed_m_s": 250}})
    peer.until(Ack)
    (put,), (event,) = house.port.of(PutEmitter), house.port.of(TriggerEvent)
    assert put.settings.position_m == (2.0, 1.0, -3.0)
    assert put.settings.size_m == 0.5
    assert event.contact.speed_m_s == 2.5


def test_bye_takes_the_client_out_at_once(house, eventually):
    peer = house.peer()
    peer.greet()
    peer.send({"type": "bye"})
    eventually(lambda: house.port.of(ClientLeft))
    peer.send({"type": "ping", "t": 1})
    assert peer.receive().code == "not_greeted"


def test_a_silent_client_is_let_go(make_house, eventually):
    house = make_house(heartbeat_s=0.1, timeout_s=0.3)
    noisy, silent = house.peer(), house.peer()
    noisy.greet("noisy")
    silent.greet("silent")

    def silent_left() -> list:
        noisy.send({"type": "ping", "t": 0})
        return house.port.of(ClientLeft)

    assert eventually(silent_left) == [ClientLeft(client=2)]
