"""The clients of other languages on a live server: emitters, events, frames, controls, time, refusals, keys."""

import time

import numpy as np
import pytest

from hobnail.client import Client
from hobnail.launch import ServerProcess

TICKS = 40


@pytest.fixture
def greeted(probe, server):
    """The probe, known to the server by its kind."""
    probe.welcome = probe.ask("connect", server.control, probe.kind)
    return probe


def test_it_is_welcomed_and_told_what_the_session_can_do(greeted):
    welcome = greeted.welcome
    assert (welcome["client"], welcome["rate"], welcome["hop"]) == (greeted.kind, 48_000, 512)
    (engine,) = [engine for engine in welcome["engines"] if engine["id"] == "procedural"]
    assert {"name": "footstep", "kind": "one_shot"} in engine["events"]
    assert "gravel" in engine["materials"]
    assert {control["id"] for control in welcome["controls"]} >= {"pitch", "intensity", "texture"}
    assert welcome["latency"]["buffer_frames"] > 0


def test_an_event_is_acknowledged_sounds_and_ends(greeted):
    assert greeted.ask("create", "boots", "leather")["type"] == "ack"
    ack = greeted.ask("event", "boots", "footstep", "trigger", "gravel", 1.5)
    ended = greeted.ask("ended", ack["voice"])
    assert (ended["emitter"], ended["event"], ended["reason"]) == ("boots", "footstep", "finished")
    assert ended["onset"] >= ack["at"]


def test_a_refusal_says_where_and_what_to_do(greeted):
    refusal = greeted.ask("event", "nobody", "impact", "trigger", "stone", 1.0)
    assert (refusal["code"], refusal["path"]) == ("unknown_emitter", "$.emitter")
    assert refusal["cure"]
    greeted.ask("create", "boots", "leather")
    refusal = greeted.ask("event", "boots", "footstep", "trigger", "cheese", 1.0)
    assert (refusal["code"], refusal["path"]) == ("unknown_material", "$.contact.material")


def test_an_event_in_the_future_sounds_at_its_frame(greeted):
    greeted.ask("create", "anvil", "metal")
    ack = greeted.ask("event", "anvil", "impact", "trigger", "stone", 4.0, 24_000)
    assert ack["at"] == ack["asked_at"]
    assert abs(greeted.ask("ended", ack["voice"])["onset"] - ack["asked_at"]) <= 48  # 1 ms


def test_it_knows_the_session_clock(greeted, server):
    with Client(server.control, name="watch") as client:
        before = client.frame_at(time.monotonic_ns())
        said = greeted.ask("now")
        after = client.frame_at(time.monotonic_ns())
        slack = (client.clock_error_ms() + said["error_ns"] / 1e6) * 48 + 2
    assert before - slack <= said["frame"] <= after + slack


def level(client, emitter, frames):
    """RMS of what an emitter sounds like from now on."""
    with client.audio(emitter) as stream:
        sound = np.concatenate([chunk.samples for chunk in (stream.read(10.0) for _ in range(frames // 256))])
    return float(np.sqrt(np.mean(np.square(sound))))


def test_frames_and_controls_move_a_sustained_sound(greeted, server):
    greeted.ask("create", f"{greeted.kind}-ball", "wood")
    ball = f"{greeted.kind}-ball"
    assert greeted.ask("listener") == {"sent": True}
    assert greeted.ask("frames", ball, 0.4, 2) == {"sent": 2}
    started = greeted.ask("event", ball, "roll", "start", "stone", 0.4)
    with Client(server.control, name="listener") as client:
        greeted.tell("frames", ball, 0.4, TICKS)
        slow = level(client, ball, 24_000)
        assert greeted.hear() == {"sent": TICKS}
        greeted.ask("frames", ball, 4.0, 20)
        greeted.tell("frames", ball, 4.0, TICKS)
        fast = level(client, ball, 24_000)
        greeted.hear()
        greeted.ask("control", ball, "intensity", 0.0)
        time.sleep(0.3)
        gentle = level(client, ball, 24_000)
    assert slow > 0
    assert fast > 1.5 * slow
    assert gentle < 0.7 * fast
    greeted.ask("event", ball, "roll", "stop", "stone", 0.4)
    assert greeted.ask("ended", started["voice"])["reason"] == "stopped"


def test_what_it_made_goes_when_it_leaves(greeted, server):
    name = f"{greeted.kind}-shared"
    greeted.ask("create", name, "wood")
    with Client(server.control, name="heir") as client:
        assert greeted.ask("close") == {"closed": True}
        deadline = time.monotonic() + 10
        while True:  # while it belongs to another it is taken
            client.create(name, prompt="mine")
            replies = client.poll(2.0)
            if [reply for reply in replies if type(reply).__name__ == "Ack"]:
                return
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_without_a_server_nothing_waits(probe):
    said = probe.ask("alone", "tcp://127.0.0.1:9")
    assert (said["sent"], said["known"]) == (False, False)
    assert said["took_ns"] < 2e9


def test_it_comes_in_with_its_key(probe, tmp_path):
    from hobnail.client.keymaking import make_keys

    keys = make_keys(tmp_path / "keys")
    config = tmp_path / "locked.toml"
    secret, clients = keys["server.key_secret"], tmp_path / "keys/clients"
    config.write_text(
        f"[bridge.zmq.curve]\nserver_key_file = {str(secret)!r}\nclients_dir = {str(clients)!r}\n", encoding="utf-8"
    )
    with ServerProcess(["--sink", "null", "--config", str(config)]) as server:
        welcome = probe.ask("connect", server.control, "locked", keys["server.key"], keys["client.key_secret"])
        assert welcome["client"] == "locked"
        probe.ask("create", "bell", "metal")
        assert "voice" in probe.ask("event", "bell", "impact", "trigger", "metal", 3.0)
